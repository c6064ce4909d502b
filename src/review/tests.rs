//! Every key in every state, and what keeps each from doing harm.

use super::keys::{self, KEYS, Key, Place};
use super::mark::Mark;
use super::sheet::{Sheet, Stand};
use super::state::{Screen, State, Step};
use super::testing::*;
use crate::model::risk::RiskTier;
use crate::rules::Severity;

#[test]
fn nothing_is_approved_before_the_end_of_its_page_was_shown() {
    let mut state = state();
    state.at = place(&state, "get_user");
    key(&mut state, Key::Char('a'));
    assert_eq!((mark(&state, "get_user"), state.screen), (&Mark::None, Screen::List), "not from the list");
    key(&mut state, Key::Enter);
    assert!(!state.is_at_end(), "the page is longer than the screen");
    key(&mut state, Key::Char('a'));
    assert_eq!(mark(&state, "get_user"), &Mark::None);
    assert_eq!(state.told, "a opens at the end of this page");
    // The end counts once it was drawn, not once it was scrolled to.
    state.press(Key::End);
    state.press(Key::Char('a'));
    assert_eq!(mark(&state, "get_user"), &Mark::None);
    key(&mut state, Key::Up);
    key(&mut state, Key::Char('a'));
    assert_eq!(mark(&state, "get_user"), &Mark::None);
    key(&mut state, Key::End);
    key(&mut state, Key::Char('a'));
    assert_eq!(mark(&state, "get_user"), &APPROVED);
}

#[test]
fn a_key_that_is_held_down_decides_once() {
    let mut state = state();
    look_through(&mut state, "get_user");
    for _ in 0..40 {
        key(&mut state, Key::Char('a'));
    }
    assert_eq!(state.decided(), 1);
    key(&mut state, Key::Char('n'));
    for _ in 0..40 {
        key(&mut state, Key::Char('n'));
    }
    assert_eq!(state.decided(), 1);
    // `l` would take back and put again, without an end.
    key(&mut state, Key::Esc);
    state.at = place(&state, "create_order");
    for _ in 0..7 {
        key(&mut state, Key::Char('l'));
    }
    assert_eq!(mark(&state, "create_order"), &Mark::Later);
    // A reason does not begin with the key that asked for it.
    for _ in 0..9 {
        key(&mut state, Key::Char('r'));
    }
    assert_eq!(state.input.as_str(), "");
    assert!(state.ask.is_some());
}

#[test]
fn of_what_is_grave_the_name_is_typed() {
    for (name, typed) in
        [("get_order", "get_order"), ("issue_refund", "issue_refund"), ("(surface)", "surface")]
    {
        let mut state = state();
        look_through(&mut state, name);
        key(&mut state, Key::Char('a'));
        assert_eq!(mark(&state, name), &Mark::None, "{name}");
        key(&mut state, Key::Paste(typed.into()));
        assert_eq!((state.input.as_str(), state.told.as_str()), ("", "this is typed, not pasted"));
        types(&mut state, "no");
        key(&mut state, Key::Enter);
        assert_eq!(mark(&state, name), &Mark::None, "{name}");
        types(&mut state, &format!("{typed}x"));
        key(&mut state, Key::Backspace);
        key(&mut state, Key::Enter);
        assert_eq!(mark(&state, name), &APPROVED, "{name}");
    }
}

#[test]
fn a_name_that_is_no_plain_word_is_typed_by_its_id() {
    let mut sheet = sheet();
    for item in &mut sheet.items {
        item.severity = Severity::Critical;
    }
    let mut state = sized(sheet, 80, 24);
    look_through(&mut state, HOSTILE);
    key(&mut state, Key::Char('a'));
    let id = state.sheet.items[place(&state, HOSTILE)].id.clone();
    types(&mut state, &id);
    key(&mut state, Key::Enter);
    assert_eq!(mark(&state, HOSTILE), &APPROVED);
}

#[test]
fn a_refusal_has_a_reason_of_one_line() {
    let mut state = state();
    state.at = place(&state, "get_user");
    key(&mut state, Key::Char('r'));
    key(&mut state, Key::Enter);
    assert_eq!(mark(&state, "get_user"), &Mark::None);
    key(&mut state, Key::Paste("it reads\ntoo much".into()));
    key(&mut state, Key::Enter);
    assert_eq!(mark(&state, "get_user"), &Mark::Refuse { reason: "it readstoo much".into() });
    key(&mut state, Key::Char('l'));
    assert_eq!(mark(&state, "get_user"), &Mark::Later);
    key(&mut state, Key::Char('r'));
    types(&mut state, "x");
    key(&mut state, Key::Esc);
    assert_eq!(mark(&state, "get_user"), &Mark::Later, "esc decides nothing");
}

#[test]
fn what_is_approved_already_or_elsewhere_or_would_not_count_stays() {
    let mut sheet = sheet();
    let get_user = sheet.items.iter_mut().find(|i| i.name == "get_user").expect("there");
    get_user.against = Some(crate::model::phrase::Phrase::say("it is above low"));
    let mut state = sized(sheet, 80, 24);
    for name in ["list_products", "get_user", "trust.yaml"] {
        look_through(&mut state, name);
        key(&mut state, Key::Char('a'));
        assert_eq!(mark(&state, name), &Mark::None, "{name}");
        assert!(!state.told.is_empty() && state.ask.is_none(), "{name}");
        key(&mut state, Key::Esc);
    }
    state.at = place(&state, "trust.yaml");
    key(&mut state, Key::Char('r'));
    assert!(state.ask.is_none() && state.told.contains("cask trust check"), "{}", state.told);
    // What is approved can be refused.
    key(&mut state, Key::Other);
    state.at = place(&state, "list_products");
    key(&mut state, Key::Char('r'));
    types(&mut state, "unused");
    key(&mut state, Key::Enter);
    assert_eq!(mark(&state, "list_products"), &Mark::Refuse { reason: "unused".into() });
}

#[test]
fn an_end_is_one_to_come_and_no_later_than_the_owners_let_it() {
    let mut sheet = sheet();
    let at = sheet.items.iter().position(|i| i.name == "get_user").expect("there");
    sheet.items[at].longest = Some("2026-12-22T09:00:00Z".parse().expect("a time"));
    let mut state = sized(sheet, 80, 24);
    look_through(&mut state, "get_user");
    key(&mut state, Key::Char('e'));
    assert!(state.ask.is_none(), "there is no approval that could end");
    key(&mut state, Key::Char('a'));
    for bad in ["tomorrow", "2026-11-01", "90d"] {
        key(&mut state, Key::Char('e'));
        types(&mut state, bad);
        key(&mut state, Key::Enter);
        assert!(!state.told.is_empty(), "{bad}");
        key(&mut state, Key::Esc);
        assert_eq!(mark(&state, "get_user"), &APPROVED, "{bad}");
    }
    key(&mut state, Key::Char('e'));
    types(&mut state, "30d");
    key(&mut state, Key::Enter);
    let end = "2026-12-22T09:00:00Z".parse().ok();
    assert_eq!(mark(&state, "get_user"), &Mark::Approve { until: end });
}

/// Decides one thing and goes to the last screen.
fn at_signing() -> State {
    let mut state = state();
    look_through(&mut state, "get_user");
    key(&mut state, Key::Char('a'));
    key(&mut state, Key::Esc);
    key(&mut state, Key::Char('s'));
    assert_eq!(state.screen, Screen::Signing);
    state
}

#[test]
fn only_the_word_and_the_passphrase_sign() {
    let mut state = at_signing();
    types(&mut state, "looked at it");
    assert_eq!(key(&mut state, Key::Enter), Step::Stay);
    for wrong in ["", "Sign", "yes", "sign it"] {
        types(&mut state, wrong);
        assert_eq!(key(&mut state, Key::Enter), Step::Stay, "{wrong}");
    }
    key(&mut state, Key::Paste("sign".into()));
    assert_eq!(key(&mut state, Key::Enter), Step::Stay, "pasted");
    types(&mut state, "sign");
    assert_eq!(key(&mut state, Key::Enter), Step::Stay, "there is a passphrase");
    types(&mut state, "  open sesame ");
    assert!(!shown(&mut state).contains("sesame"));
    assert_eq!(key(&mut state, Key::Enter), Step::Sign);
    assert_eq!((state.take_secret().as_str(), state.why()), ("  open sesame ", "looked at it"));
    assert_eq!(state.take_secret().as_str(), "", "once");
    // It went wrong: nothing is lost.
    state.failed("nothing was signed: wrong passphrase");
    assert!(shown(&mut state).contains("wrong passphrase"));
    assert_eq!(state.decided(), 1);
}

#[test]
fn a_reason_that_the_owners_ask_for_is_given() {
    let mut state = at_signing();
    let at = place(&state, "get_user");
    state.sheet.items[at].asks_reason = true;
    key(&mut state, Key::Enter);
    assert!(state.told.contains("gate.yaml asks for a reason"), "{}", state.told);
    types(&mut state, "because");
    key(&mut state, Key::Enter);
    types(&mut state, "sign");
    key(&mut state, Key::Enter);
    assert_eq!(state.why(), "because");
}

#[test]
fn back_from_the_last_screen_nothing_is_lost_and_the_end_is_asked_for_once() {
    let mut state = at_signing();
    key(&mut state, Key::Esc);
    assert_eq!((state.screen, state.decided(), state.ask), (Screen::List, 1, None));
    for (answer, step) in [('n', Step::Stay), ('q', Step::Stay), ('y', Step::Quit)] {
        key(&mut state, Key::Char('q'));
        key(&mut state, Key::Other);
        assert_eq!(key(&mut state, Key::Char(answer)), step, "{answer}");
    }
    assert_eq!(key(&mut at_signing(), Key::Interrupt), Step::Stay);
    assert_eq!(key(&mut self::state(), Key::Interrupt), Step::Quit, "nothing was decided");
    let mut held = at_signing();
    key(&mut held, Key::Esc);
    for _ in 0..9 {
        assert_eq!(key(&mut held, Key::Char('q')), Step::Stay);
    }
}

#[test]
fn nothing_decided_is_nothing_to_sign() {
    let mut state = state();
    key(&mut state, Key::Char('s'));
    assert_eq!((state.screen, state.told.as_str()), (Screen::List, "nothing is decided yet"));
}

#[test]
fn a_filter_narrows_and_esc_widens() {
    let mut state = state();
    key(&mut state, Key::Char('/'));
    types(&mut state, "MEDIUM get");
    assert_eq!(state.rows(), [place(&state, "get_user")]);
    key(&mut state, Key::Enter);
    assert_eq!(state.rows().len(), 1);
    key(&mut state, Key::Char('/'));
    types(&mut state, " zzz");
    assert_eq!(state.rows().len(), 0);
    for any in [Key::Enter, Key::Enter, Key::Char('r'), Key::Char('l'), Key::Down, Key::End] {
        key(&mut state, any);
    }
    assert_eq!((state.screen, state.decided()), (Screen::List, 0));
    key(&mut state, Key::Char('/'));
    key(&mut state, Key::Esc);
    assert_eq!(state.rows().len(), state.sheet.items.len());
}

#[test]
fn a_page_that_is_too_long_to_be_shown_is_not_approved_here() {
    let mut sheet = sheet();
    let at = sheet.items.iter().position(|i| i.name == "get_user").expect("there");
    sheet.items[at].changes[0].after = Some(crate::canon::Node::text("line\n".repeat(30_000)));
    let mut state = sized(sheet, 80, 24);
    look_through(&mut state, "get_user");
    key(&mut state, Key::Char('a'));
    assert_eq!(mark(&state, "get_user"), &Mark::None);
    assert!(state.told.contains("too long"), "{}", state.told);
}

#[test]
fn every_key_on_every_screen_and_size_keeps_the_frame_whole() {
    let places = [Place::List, Place::Detail, Place::Together, Place::Signing, Place::Help];
    let more = [Key::Other, Key::Suspend, Key::Backspace, Key::Paste("a y sign".into()), Key::Char('製')];
    for (width, height) in [(80, 24), (120, 40), (80, 200), (300, 24), (79, 24), (80, 23), (1, 1), (2, 500)] {
        for place in places {
            let keys = KEYS.iter().flat_map(|row| row.keys).chain(&more);
            for pressed in keys {
                let mut state = match place {
                    Place::Signing => at_signing(),
                    _ => state(),
                };
                match place {
                    Place::Detail => _ = key(&mut state, Key::Enter),
                    Place::Together => _ = key(&mut state, Key::Char('b')),
                    Place::Help => _ = key(&mut state, Key::Char('?')),
                    _ => {}
                }
                let before = state.decided();
                state.resize(width, height);
                shown(&mut state);
                let step = key(&mut state, pressed.clone());
                assert_ne!(step, Step::Sign, "{place:?} {pressed:?}");
                let tiny = width < 80 || height < 24;
                if tiny {
                    assert_eq!(state.decided(), before, "{place:?} {pressed:?}");
                    assert_eq!(
                        step == Step::Quit,
                        before == 0 && keys::action(Place::Help, pressed) == Some(keys::Action::Quit)
                    );
                }
                state.resize(80, 24);
                shown(&mut state);
            }
        }
    }
}

#[test]
fn a_terminal_that_is_too_small_lets_one_end() {
    for ends in [Key::Interrupt, Key::Char('q')] {
        for mut state in [at_signing(), {
            let mut s = at_signing();
            key(&mut s, Key::Esc);
            s
        }] {
            state.resize(79, 20);
            assert!(shown(&mut state).contains("nothing is lost"));
            assert_eq!(key(&mut state, ends.clone()), Step::Stay);
            assert!(shown(&mut state).contains("q once more ends"));
            assert_eq!(key(&mut state, Key::Char('n')), Step::Stay, "any other key goes on");
            assert!(shown(&mut state).contains("nothing is lost"));
            key(&mut state, ends.clone());
            assert_eq!(state.decided(), 1);
            // A letter that is held down says nothing twice.
            let held = if ends == Key::Interrupt { Step::Quit } else { Step::Stay };
            assert_eq!(key(&mut state, ends.clone()), held);
            key(&mut state, Key::Other);
            key(&mut state, Key::Char('q'));
            assert_eq!(key(&mut state, Key::Interrupt), Step::Quit);
        }
    }
}

#[test]
fn three_hundred_rows_make_the_lines_that_are_shown() {
    let many = (0..300).map(|n| item(&format!("tool_{n}"), RiskTier::Low, Severity::Low, Stand::Open));
    let mut state = sized(Sheet { items: many.collect(), ..sheet() }, 80, 24);
    key(&mut state, Key::End);
    let screen = shown(&mut state);
    assert!(screen.contains("> undecided  low       tool_299") && !screen.contains("tool_280"), "{screen}");
    key(&mut state, Key::PageUp);
    key(&mut state, Key::Home);
    assert!(shown(&mut state).contains("> undecided  low       tool_0 "));
}

mod goldens {
    use super::*;
    use crate::report::escape::terminal::Paint;
    use crate::review::frame;

    /// Each screen at two sizes, with a name that a stranger made up.
    fn screens(width: usize, height: usize) -> String {
        let mut out = String::new();
        let mut take = |title: &str, state: &mut State| out += &format!("## {title}\n\n{}\n", shown(state));
        let mut state = sized(sheet(), width, height);
        take("list", &mut state);
        state.at = place(&state, HOSTILE);
        key(&mut state, Key::Down);
        key(&mut state, Key::Up);
        take("list, on a stranger's name", &mut state);
        key(&mut state, Key::Enter);
        take("page, its start", &mut state);
        key(&mut state, Key::End);
        take("page, its end", &mut state);
        key(&mut state, Key::Esc);
        look_through(&mut state, "issue_refund");
        key(&mut state, Key::Char('a'));
        types(&mut state, "issue");
        take("page, a name is typed", &mut state);
        types(&mut state, "_refund");
        key(&mut state, Key::Enter);
        key(&mut state, Key::Esc);
        key(&mut state, Key::Char('b'));
        take("together", &mut state);
        key(&mut state, Key::End);
        key(&mut state, Key::Char('y'));
        take("list, decided", &mut state);
        key(&mut state, Key::Char('s'));
        take("last screen, reason", &mut state);
        types(&mut state, "first review");
        key(&mut state, Key::Enter);
        take("last screen, the word", &mut state);
        key(&mut state, Key::Esc);
        key(&mut state, Key::Char('?'));
        take("keys", &mut state);
        out
    }

    fn in_step(name: &str, made: &str) {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/review").join(name);
        if std::env::var_os("BLESS").is_some() {
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(&path, made).expect("it is writable");
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            there == made,
            "{name} is not in step: BLESS=1 cargo test --lib review::, and read it:\n{made}"
        );
    }

    #[test]
    fn screens_are_as_they_were() {
        in_step("80x24.txt", &screens(80, 24));
        in_step("120x40.txt", &screens(120, 40));
    }

    #[test]
    fn colours_only_repeat_what_stands_there() {
        let plain = frame::of(&state()).lines;
        let mut coloured = state();
        coloured.paint = Paint { color: true, unicode: true };
        let strip = |line: &String| {
            let mut out = String::new();
            let mut rest = line.as_str();
            while let Some((before, after)) = rest.split_once('\u{1b}') {
                out += before;
                rest = after.split_once('m').expect("a colour ends").1;
            }
            out + rest
        };
        let coloured = frame::of(&coloured).lines;
        assert_ne!(coloured, plain);
        assert_eq!(coloured.iter().map(strip).collect::<Vec<_>>(), plain);
        let mut ascii = state();
        ascii.paint = Paint { color: false, unicode: false };
        assert!(frame::of(&ascii).lines.iter().all(|line| line.is_ascii()));
    }
}

mod plain {
    use super::*;
    use crate::review::talk::Talk;

    fn said(talk: &mut Talk, line: &str) -> (Step, String) {
        let step = talk.answer(line);
        let turn = talk.turn();
        assert!(!turn.said.contains(|c: char| c.is_control() && c != '\n'), "{:?}", turn.said);
        (step, format!("{}{}", turn.said, turn.question))
    }

    #[test]
    fn a_number_means_the_row_that_was_said_with_it() {
        let mut talk = Talk::new(sheet(), true);
        talk.turn();
        said(&mut talk, "filter");
        said(&mut talk, "undecided");
        let (_, asked) = said(&mut talk, "refuse 1");
        assert!(asked.contains("Why is get_order refused?"), "{asked}");
        // It is no longer among the rows: they are said anew before a number counts.
        let (_, told) = said(&mut talk, "it sends money away");
        assert!(told.contains("   1 undecided") && !told.contains("get_order "), "{told}");
        // Elsewhere a number is about nothing.
        said(&mut talk, "1");
        let before = talk.state.decided();
        assert!(said(&mut talk, "approve 2").1.contains("no row of that number"));
        assert_eq!(talk.state.decided(), before);
    }

    #[test]
    fn rows_that_are_taken_together_have_numbers_and_are_said_anew() {
        let mut talk = Talk::new(sheet(), true);
        talk.turn();
        let (_, page) = said(&mut talk, "bulk");
        assert!(page.contains("Approve 3 at once") && page.contains("   1     create_order"), "{page}");
        assert!(
            page.contains("   2     get_user") && page.contains("evil⟨U+001B⟩[2J⟨U+000A⟩ > approved"),
            "{page}"
        );
        let (_, page) = said(&mut talk, "leave 2");
        assert!(page.contains("Approve 2 at once") && page.contains("   2 out get_user"), "{page}");
        assert!(page.contains("get_user: left out"), "{page}");
        assert!(said(&mut talk, "mark").1.contains("2 marked to approve"));
        assert_eq!(mark(&talk.state, "get_user"), &Mark::None);
    }

    #[test]
    fn the_same_steps_and_guards_line_by_line() {
        let mut talk = Talk::new(sheet(), true);
        let first = talk.turn();
        assert!(first.said.contains("   1 undecided  critical  get_order"), "{}", first.said);
        assert!(first.question.starts_with("a number to look, or refuse, later,"), "{}", first.question);
        // The page is said whole, so that it can be approved; its name is asked.
        let (_, page) = said(&mut talk, "1");
        assert!(page.contains("api.shop-pay.example") && page.contains("judged by"), "{page}");
        let (_, asked) = said(&mut talk, "approve");
        assert!(asked.contains("Type get_order"), "{asked}");
        assert!(said(&mut talk, "get_user").1.contains("not what it is called"));
        assert!(said(&mut talk, "get_order").1.contains("get_order: approve"));
        let (_, list) = said(&mut talk, "back");
        assert!(list.contains("1 approve    critical  get_order"), "{list}");
        assert!(said(&mut talk, "a").1.contains("nothing here is called that"));
        let (_, asked) = said(&mut talk, "refuse 2");
        assert!(asked.contains("Why is issue_refund refused?"), "{asked}");
        said(&mut talk, "no limit");
        assert_eq!(talk.state.decided(), 2);
        assert!(said(&mut talk, "99").1.contains("no row of that number"));
        let (_, last) = said(&mut talk, "sign");
        assert!(last.contains("You are about to sign 2 statements"), "{last}");
        said(&mut talk, "reviewed");
        assert!(said(&mut talk, "no").1.contains("type the word sign"));
        said(&mut talk, "sign");
        assert!(talk.turn().hidden);
        assert_eq!(said(&mut talk, " secret ").0, Step::Sign);
        assert_eq!(talk.state.take_secret().as_str(), " secret ");
    }

    #[test]
    fn an_end_of_nothing_is_not_asked_for_and_of_something_is() {
        let mut talk = Talk::new(sheet(), false);
        talk.turn();
        assert_eq!(said(&mut talk, "quit").0, Step::Quit);
        said(&mut talk, "later 1");
        said(&mut talk, "bulk");
        said(&mut talk, "leave 1");
        assert!(said(&mut talk, "mark").1.contains("2 marked to approve"));
        assert!(said(&mut talk, "q").1.contains("End without signing? 2 decided"));
        assert_eq!(said(&mut talk, "").0, Step::Stay);
        said(&mut talk, "q");
        assert_eq!(said(&mut talk, "yes").0, Step::Quit);
    }
}

#[test]
fn the_list_names_the_folder_that_is_meant() {
    let style = crate::report::style::Style { color: false, unicode: true, width: 120, risk_icons: false };
    for (pack, folder) in [
        (".", "."),
        ("toolpacks/shop", "toolpacks/shop"),
        (".caskmcp/x", ".caskmcp/x"),
        ("a b", "<folder>"),
        ("--root", "<folder>"),
    ] {
        let text = super::listing::text(&Sheet { pack: pack.to_owned(), ..sheet() }, &style);
        assert!(text.contains(&format!("cask gate review --toolpack {folder}\n")), "{text}");
    }
}
