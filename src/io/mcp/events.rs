//! A stream of server-sent events in, the data of each event out.
//!
//! Format: <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

/// The data of each event that has any; what is behind the last empty line is no event yet.
pub fn data(stream: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(stream);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n").replace('\r', "\n");
    let mut out = Vec::new();
    let mut data: Option<String> = None;
    for line in text.split_inclusive('\n') {
        let Some(line) = line.strip_suffix('\n') else { break };
        if line.is_empty() {
            out.extend(data.take().filter(|data| !data.is_empty()).map(String::into_bytes));
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        if field == "data" {
            let value = value.strip_prefix(' ').unwrap_or(value);
            match &mut data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => data = Some(value.to_owned()),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_gives_its_data() {
        let read = |text: &str| -> Vec<String> {
            data(text.as_bytes()).into_iter().map(|data| String::from_utf8(data).unwrap()).collect()
        };
        assert_eq!(
            read(
                ": hello\nevent: message\nid: 1\ndata: {\"a\":\ndata: 1}\n\ndata:two\r\n\r\ndata\n\ndata: half"
            ),
            ["{\"a\":\n1}", "two"]
        );
        assert!(read("").is_empty() && read("\n\n").is_empty() && read("data: x").is_empty());
    }
}
