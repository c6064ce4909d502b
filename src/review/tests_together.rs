//! What is approved together: which of them may be, that all of it can be seen first, and what is left out.

use super::keys::Key;
use super::mark::Mark;
use super::sheet::{Sheet, Stand};
use super::state::Screen;
use super::testing::*;
use crate::model::risk::RiskTier;
use crate::rules::Severity;

#[test]
fn together_takes_what_is_light_and_shows_it_to_the_end_first() {
    let mut state = sized(sheet(), 80, 24);
    key(&mut state, Key::Char('b'));
    let names: Vec<&str> =
        state.together.picked.iter().map(|i| state.sheet.items[*i].name.as_str()).collect();
    assert_eq!(names, ["create_order", "get_user", HOSTILE]);
    key(&mut state, Key::Char('x'));
    for _ in 0..5 {
        key(&mut state, Key::Char('x'));
    }
    key(&mut state, Key::Char('y'));
    assert_eq!(
        (mark(&state, "create_order"), mark(&state, "get_user"), mark(&state, HOSTILE)),
        (&Mark::None, &APPROVED, &APPROVED)
    );
    assert_eq!(state.decided(), 2, "none of the grave ones");
    // What changed where no finding speaks is looked at alone.
    let mut silent = sheet();
    silent.items.iter_mut().filter(|i| i.name == "get_user").for_each(|i| i.alone = true);
    let mut state = sized(silent, 80, 24);
    key(&mut state, Key::Char('b'));
    assert!(!state.together.picked.contains(&place(&state, "get_user")));
    // Three hundred do not fit: y waits for the end.
    let many = (0..300).map(|n| item(&format!("tool_{n}"), RiskTier::Low, Severity::Low, Stand::Open));
    let mut state = sized(Sheet { items: many.collect(), ..sheet() }, 80, 24);
    key(&mut state, Key::Char('b'));
    key(&mut state, Key::Char('y'));
    assert_eq!((state.decided(), state.told.as_str()), (0, "y opens at the end of this page"));
    key(&mut state, Key::End);
    key(&mut state, Key::Char('y'));
    assert_eq!(state.decided(), 300);
}

/// Many light tools: each on a host of its own, with a name and a path that fit no cell.
fn wide() -> Sheet {
    let many = (0..60).map(|n| {
        let mut one =
            item(&format!("create_a_thing_of_kind_{n:02}"), RiskTier::Low, Severity::Low, Stand::Open);
        one.target = format!("POST host-{n:02}.shop.example/v1/things/of/a/kind/whose/number/is/{n:02}/end");
        let facts = one.facts.as_mut().expect("a tool");
        facts.host = format!("host-{n:02}.shop.example");
        facts.confirms = false;
        one
    });
    Sheet { items: many.collect(), ..sheet() }
}

#[test]
fn all_that_is_approved_together_can_be_scrolled_to() {
    for (width, height) in [(80, 24), (81, 25), (120, 40)] {
        for (pressed, times) in [(Key::Down, 700), (Key::PageDown, 60)] {
            let mut state = sized(wide(), width, height);
            key(&mut state, Key::Char('b'));
            let mut seen = shown(&mut state);
            let mut at = state.together.at;
            for _ in 0..times {
                key(&mut state, Key::Char('y'));
                if state.screen != Screen::Together {
                    break;
                }
                let before = state.top;
                key(&mut state, pressed.clone());
                assert!(state.top <= before + state.room(), "no line is passed over");
                assert!(pressed != Key::Down || state.together.at <= at + 1, "no row is passed over");
                at = state.together.at;
                seen += &shown(&mut state);
            }
            assert_eq!(state.decided(), 60, "y opened at the end: {}", state.told);
            for n in 0..60 {
                for whole in [
                    format!("host-{n:02}.shop.example"),
                    format!("create_a_thing_of_kind_{n:02}"),
                    format!("POST host-{n:02}.shop.example/v1/things/of/a/kind/whose/number/is/{n:02}/end"),
                    format!("create_a_thing_of_kind_{n:02}.order_id"),
                ] {
                    assert!(seen.contains(&whole), "{whole} at {width} x {height} by {pressed:?}");
                }
            }
        }
    }
}

#[test]
fn of_those_together_only_one_that_is_on_the_screen_is_left_out() {
    let mut state = sized(wide(), 80, 24);
    key(&mut state, Key::Char('b'));
    assert!(!shown(&mut state).contains(" > "), "the rows come after all hosts");
    key(&mut state, Key::Char('x'));
    key(&mut state, Key::Enter);
    assert!(state.together.out.is_empty() && state.screen == Screen::Together, "{}", state.told);
    for _ in 0..20 {
        key(&mut state, Key::PageDown);
    }
    let before = shown(&mut state);
    let name = before.lines().find_map(|line| line.strip_prefix(" >     ")).expect("a row is meant");
    let name: String = name.chars().take(17).collect();
    key(&mut state, Key::Char('x'));
    assert!(state.told.contains("left out") && state.told.starts_with(&name), "{}", state.told);
    // Looked at and come back, the same row is meant.
    let at = state.together.at;
    key(&mut state, Key::Enter);
    key(&mut state, Key::Esc);
    assert_eq!((state.together.at, state.screen), (at, Screen::Together));
    assert!(shown(&mut state).contains(" > out"));
    // A name that nobody could read on a row is looked at by itself.
    let mut long = wide();
    long.items[0].target = format!("GET host/{}", "x".repeat(2_000));
    let mut state = sized(long, 80, 24);
    key(&mut state, Key::Char('b'));
    assert_eq!((state.together.picked.len(), state.together.beyond.len()), (59, 1));
}

#[test]
fn what_was_decided_one_by_one_is_not_decided_anew_together() {
    let mut state = state();
    key(&mut state, Key::Char('b'));
    let picked = state.together.picked.clone();
    state.marks[picked[0]] = Mark::Refuse { reason: "it leaks".to_owned() };
    key(&mut state, Key::End);
    key(&mut state, Key::Char('y'));
    assert!(matches!(state.marks[picked[0]], Mark::Refuse { .. }), "{}", state.told);
    assert!(
        picked[1..].iter().all(|item| matches!(state.marks[*item], Mark::Approve { .. })),
        "{}",
        state.told
    );
}

#[test]
fn what_hides_something_is_approved_elsewhere() {
    let mut sheet = sheet();
    sheet.items.iter_mut().for_each(|item| item.hides = true);
    let mut state = sized(sheet, 80, 24);
    key(&mut state, Key::Char('b'));
    assert!(state.together.picked.is_empty());
    key(&mut state, Key::Enter);
    key(&mut state, Key::End);
    key(&mut state, Key::Char('a'));
    assert!(state.told.contains("hidden as a secret"), "{}", state.told);
}
