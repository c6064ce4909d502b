//! The table of phrases that reach for something: data sent away, credentials, private files, commands.

use super::cue::CueKind::{CodeOrCommand, CredentialRequest, ExfilVerb, SensitivePath};
use super::row::Row;

/// The rows, in the order of the catalogue. Documentation names `example.com`, `.net` and `.org`
/// (RFC 2606 reserves them, nobody can receive anything there), so these are no destination.
pub const ROWS: &[Row] = &[
    // A verb that sends, and a fixed place: a URL, an address, a header of its own, "us".
    Row::new(
        ExfilVerb,
        r"\b(?:send|post|upload|forward|transmit|exfiltrate|submit|leak|relay|beacon|tunnel|sending|posting|uploading|forwarding)\b",
        r"^.{0,110}?\b(?:to|at|via|into|through) (?:the |our |this |a |an |my |attacker's )?(?:[a-z-]+ ){0,3}?[<(\['=]{0,2}(?:(?:h..ps?|wss?|ftp|tcp|udp|dns)://[^ \n]+|mailto:[^ \n]+|[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|net|org|io|dev|app|xyz|ru|cn|club|site|online|top|info|co|me|ai|cc|tk|example|test|invalid|onion|sh|run)\b)",
    )
    .unless(r"^ (?:a |an |the |your |all )?(?:http |https |api |get |post |put |patch |delete |graphql |rest |json |authenticated |[a-z]*bucket )*(?:requests?|calls?|quer(?:y|ies)|mutations?|feedback|comments|questions|bugs?|issues?) (?:to|at|via)\b|\bexample\.(?:com|net|org)\b|^[,.:;)'/-]"),
    // Verbs that also copy, log and share within a system need a whole URL or address.
    Row::new(
        ExfilVerb,
        r"\b(?:push|report|deliver|share|email|e-mail|mail|copy|redirect|route|sync|stream|echo|pipe|export|log|publish)\b",
        r"^.{0,110}?\b(?:to|at|via|into|through) (?:the |our |this |a |an |my |attacker's )?(?:[a-z-]+ ){0,3}?[<(\['=]{0,2}(?:(?:h..ps?|wss?|ftp|tcp|udp|dns)://[^ \n]+|mailto:[^ \n]+|[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})",
    )
    .unless(r"^ (?:a |an |the |your |all )?(?:http |https |api |get |post |put |patch |delete |graphql |rest |json |authenticated |[a-z]*bucket )*(?:requests?|calls?|quer(?:y|ies)|mutations?|feedback|comments|questions|bugs?|issues?) (?:to|at|via)\b|\bexample\.(?:com|net|org)\b|^[,.:;)'/-]"),
    Row::new(
        ExfilVerb,
        r"\b(?:send|post|upload|forward|transmit|exfiltrate|submit|leak|deliver|relay|include|add|append|put|pass|place|embed|attach|encode|insert|copy|write|smuggle)\b",
        r"^.{0,100}?\b(?:in|as|via|through|into|using|inside|within|to) (?:the |a |an |its )?'?x-[a-z0-9-]+'? (?:http |request |custom )?header\b",
    )
    .unless(r"\bx-(?:api-key|request-id|github-[a-z-]+|ratelimit-[a-z-]+|correlation-id|amz-[a-z-]+|csrf-token|xsrf-token|idempotency-key|forwarded-[a-z]+|trace-id|tenant-id|auth-token|api-version|goog-[a-z-]+|ms-[a-z-]+)\b"),
    Row::new(
        ExfilVerb,
        r"\b(?:send|post|upload|forward|transmit|exfiltrate|submit|leak|deliver|relay|report|email|mail|copy|share)\b",
        r"^(?: [a-z'./_~-]+){1,10}? (?:back )?to (?:us(?: for| at| via| so| when| immediately|[.,;!)]|$)|our (?:server|endpoint|team|api|backend|collector|webhook|service|inbox|analytics|monitoring|logging|telemetry)\b|(?:the|an?|this) (?:attacker|external (?:server|endpoint|host|service)|remote (?:collector|attacker)|third[- ]party (?:server|endpoint)|c2|command and control))",
    )
    .unless(r"^(?: a| an| your| some)? (?:feedback|bug reports?|questions?|suggestions)\b"),
    Row::new(
        ExfilVerb,
        r"\b(?:must|should|shall|has to|have to|needs? to|to|always|also) (?:always |also |first )*be (?:sent|posted|uploaded|forwarded|mirrored|transmitted|copied|reported|emailed|submitted|relayed|logged|shared)\b",
        r"^.{0,60}?\b(?:to|at|via) (?:the |our |this |a )?(?:[a-z-]+ ){0,3}?[<(\['=]{0,2}(?:(?:h..ps?|wss?|ftp|tcp|udp|dns)://[^ \n]+|mailto:[^ \n]+|[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})",
    )
    .unless(r"\bexample\.(?:com|net|org)\b"),
    Row::new(
        ExfilVerb,
        r"\b(?:bcc|blind[- ]copy|blind carbon copy|cc)\b",
        r"^(?: (?:all|every|each|to|a|any|outgoing|sent|copy|field|it|them|the|must be|is|with|of|address|line|everything|emails?|messages?|mails?|should|set|always|be|for)){0,8}[ :='(<\[]*[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}",
    )
    .unless(r"@(?:[a-z0-9-]+\.)?example\.(?:com|net|org)\b"),
    // The address first: "as recipient use a@b.club", "the 'to' field must be …".
    Row::new(
        ExfilVerb,
        r"\b(?:recipients?|forwarding address|to field|'to'|destination|reply-to)\b",
        r"^.{0,40}\b(?:must|always|should|instead|change|replace|set|use)\b.{0,30}[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}",
    )
    .unless(r"@(?:[a-z0-9-]+\.)?example\.(?:com|net|org)\b"),
    // Files under a home directory that hold credentials or configure clients.
    Row::new(
        SensitivePath,
        r"(?:~|\$\{?home\}?|%(?:userprofile|appdata|localappdata)%|/root|/home/[^/ \n]{1,40}|/users/[^/ \n]{1,40}|[a-z]:\\users\\[^\\ \n]{1,40})[/\\]+(?:\.(?:ssh|aws|gnupg|netrc|npmrc|pypirc|docker|kube|cursor|claude|codex|gemini|azure|boto|vault-token|pgpass|my\.cnf|git-credentials|gitconfig|bash_history|zsh_history|bashrc|zshrc|profile|password-store|mozilla|thunderbird|electrum|bitcoin|ethereum|cargo/credentials|gem/credentials|terraform\.d|vscode|continue|windsurf|codeium|config/(?:gh|gcloud|claude|cursor|op|solana|rclone|git/credentials|google-chrome|chromium|hub))|library/(?:keychains|cookies|application support/(?:claude|cursor|google|firefox|bravesoftware|code))|appdata)[^ \n'),;<>]{0,80}",
        "",
    ),
    Row::new(
        SensitivePath,
        r"(?:~|\$\{?home\}?|/root|/home/[^/ \n]{1,40}|/users/[^/ \n]{1,40})/[^ \n'),;<>]{0,60}(?:credential|secret|token|password|passwd|cookie|private|wallet|keystore|id_rsa)[^ \n'),;<>]{0,40}",
        "",
    ),
    Row::new(
        SensitivePath,
        r"(?:/etc/(?:passwd|shadow|gshadow|sudoers|ssh|ssl/private|kubernetes)|/proc/(?:self|[0-9]+)/(?:environ|cmdline|mem)|/var/run/(?:secrets|docker\.sock)|/run/secrets|/dev/mem|c:\\windows\\system32\\config|169\.254\.169\.254)[^ \n'),;<>]{0,60}",
        "",
    ),
    Row::new(
        SensitivePath,
        r"\b(?:id_(?:rsa|ed25519|ecdsa|dsa)(?:\.pub)?|authorized_keys|known_hosts|claude_desktop_config\.json|mcp(?:_settings|_config)?\.json|credentials\.(?:json|db|csv)|service[-_]account(?:[-_]key)?\.json|secrets?\.(?:ya?ml|json|toml|env)|wallet\.dat|cookies\.(?:sqlite|binarycookies|db)|logins\.json|key[34]\.db|master\.key|terraform\.tfstate|ntds\.dit|shadow file|(?:user.s|your|local|their) (?:private )?ssh (?:private )?keys?|(?:login |system |macos |user's )?keychains?|credential (?:store|manager|helper)|password (?:store|vault)|browser(?:'s)? (?:\w+ )?(?:cookies|passwords|profile data)|(?:chrome|firefox|safari|edge|brave)(?:'s)? (?:\w+ )?(?:cookies?|passwords?|login data)|cookie (?:database|jar|file|store)|environment variables? (?:\w+ )?(?:containing|with|holding|for) (?:the |any |all )?(?:secrets?|keys?|tokens?|credentials?|passwords?))\b",
        "",
    )
    .unless(r"^ (?:fingerprint|management api|format|type|title|name)\b"),
    Row::new(
        SensitivePath,
        r"(?:^|[ \n'(/=:,\[])((?:[a-z0-9_./~-]*/)?\.(?:env(?:\.(?:local|prod|production|dev|development|staging|test))?|npmrc|pypirc|netrc|pgpass|git-credentials|aws/credentials|aws/config|kube/config|docker/config\.json|cursor/mcp\.json|cursorrules|vscode/(?:mcp|settings)\.json|claude/settings(?:\.local)?\.json|bash_history|zsh_history|ssh/[^ \n'),;<>]{0,40}|htpasswd))",
        r"^(?:[ \n'),.;:!?\]<>]|$)",
    ),
    // Somebody is to be asked for a credential; "API token to use" describes a parameter.
    Row::new(
        CredentialRequest,
        r"\b(?:ask|prompt|request|require|instruct|urge|remind|have|get|make|tell|direct|invite|convince|persuade|trick)(?:s|ing)?(?: for)? (?:the |your |a |any )?(?:user|human|customer|them|operator|owner|person|client)s?\b",
        r"^ (?:to (?:provide|enter|paste|share|give|supply|send|type|input|confirm|reveal|submit|tell|verify|disclose|re-enter|reenter)\b.{0,40}?|for\b.{0,30}?|(?:about|what) .{0,20}?)\b(?:api[ -_]?keys?|access tokens?|auth(?:entication)? tokens?|bearer tokens?|tokens?|passwords?|passphrases?|passcodes?|pins?|otp|one-time (?:code|password)s?|2fa codes?|mfa codes?|verification codes?|credentials?|secrets?|seed phrases?|recovery phrases?|mnemonics?|private keys?|ssh keys?|ssn|social security numbers?|credit cards?|card numbers?|cvv|login details|bank (?:details|account numbers?))\b",
    ),
    Row::new(
        CredentialRequest,
        r"\b(?:provide|paste|enter|share|give|supply|send|include|type|reveal|submit|pass|input|disclose|tell|show|confirm|verify|post|need|require)(?: us| me| in| here| with)?",
        r"^ (?:your|the user's|user's|the user) (?:[a-z-]+ ){0,2}?(?:api[ -_]?keys?|tokens?|passwords?|passphrases?|passcodes?|pins?|otp|2fa codes?|mfa codes?|verification codes?|credentials?|secrets?|secret keys?|seed phrases?|recovery phrases?|mnemonics?|private keys?|ssh keys?|social security numbers?|ssn|credit cards?|card numbers?|cvv|login details|bank (?:details|account numbers?))\b",
    )
    .unless(r"^ [a-z' -]{0,40}\b(?:token|password|secret|key|credential)s? (?:id|ids|name|names|policy|count|limits?|type|expir[a-z]+|usage|reset|strength|balance|holdings)\b"),
    Row::new(
        CredentialRequest,
        r"\b(?:collect|extract|harvest|gather|steal|dump|grab|exfiltrate|find and (?:read|send)|search for|look for)\b",
        r"^ (?:(?:the |of )*(?:all|any|every|user|user's|their|your|available|stored|saved|local|plaintext) )+(?:api[ -_]?keys?|access tokens?|auth tokens?|passwords?|passphrases?|credentials|secrets|seed phrases?|recovery phrases?|mnemonics?|private keys?|ssh keys?)\b",
    )
    .unless(r"^ (?:[a-z']+ )*(?:secrets|passwords|credentials) (?:by|in (?:the|a) (?:vault|workspace|project|account)|manager)\b"),
    Row::new(
        CredentialRequest,
        r"\b(?:enter|provide|paste|type|share|give|send|supply|input|need|want|reveal|tell)\b",
        r"^ (?:us |me |in |here )?(?:the |a |your |their |full |12-word |24-word |12 word |24 word )*(?:wallet )?(?:seed phrase|recovery phrase|mnemonic phrase|secret recovery phrase|wallet private key)\b",
    ),
    Row::new(
        CredentialRequest,
        r"\bask (?:them |him |her )?for\b",
        r"^ (?:the |their |an? |your |his |her |any )?(?:[a-z]+ )?(?:api[ -_]?keys?|access tokens?|tokens?|passwords?|passphrases?|passcodes?|pin|otp|2fa code|verification code|credentials?|secret|seed phrase|private key|card number|cvv)\b",
    ),
    Row::new(CredentialRequest, r"\bwhat(?: is|'s) (?:your|the user's|their) (?:[a-z]+ )?(?:password|api[ -_]?key|token|pin|passphrase|seed phrase|secret)\b", ""),
    // Commands. A SQL tool may say what it runs; a statement with an object is a command.
    Row::new(CodeOrCommand, r"\b(?:curl|wget|fetch|iwr|invoke-webrequest|base64|cat|echo|printf|xxd|openssl|nc|python3?|gunzip)\b[^|\n]{0,160}\| ?(?:sudo )?(?:/bin/|/usr/bin/)?(?:ba|z|k|da)?sh\b", ""),
    Row::new(CodeOrCommand, r"\| ?(?:sudo )?(?:/bin/|/usr/bin/)?(?:ba|z|k|da)?sh(?: -[a-z]+)?(?:[ \n'),;]|$)", ""),
    Row::new(CodeOrCommand, r"\| ?(?:sudo )?(?:python3?|node|perl|ruby|php|iex|nc|curl|base64)\b(?: -|[ ]?$|[ ]?;| https?:)", ""),
    Row::new(CodeOrCommand, r"\brm (?:-[a-z-]+ )*-(?:[a-z]*r[a-z]*f|[a-z]*f[a-z]*r|-recursive|r)\b", ""),
    Row::new(CodeOrCommand, r"\b(?:sudo [a-z/][a-z0-9_/.-]+|chmod (?:-r )?(?:\+[xs]|[0-7]{3,4}|[ugoa]\+[rwxs]+) |chown -?r? ?[a-z0-9_]+:[a-z0-9_]* |(?:ba|z)?sh -[ilc]+ |powershell(?:\.exe)? (?:-[a-z]+ )|cmd(?:\.exe)? /c |invoke-expression|iex ?\(|nc (?:-[a-z]+ )+|ncat -|mkfifo /|dd if=|/dev/tcp/|base64 (?:-d|--decode)\b|crontab -|eval ?\$\(|\$\((?:curl|wget|cat|env|whoami|id|base64)\b|python3? -c |node -e |perl -e |ruby -e |os\.system\(|subprocess\.(?:run|popen|call|check_output)\(|child_process|__import__\(|curl (?:-[a-z]+ )*(?:--?[a-z-]+ )*'?https?://|wget (?:-[a-z]+ )*'?https?://|npm (?:i|install) -g |npx -y |pip install (?:-[a-z]+ )*[a-z0-9_.-]+|kill -9 |ssh [a-z0-9_.-]+@|scp [^ \n]+ [a-z0-9_.-]+@)", "")
        .unless(r"^(?:privileges|access|password|permissions|rights|user)\b"),
    Row::new(CodeOrCommand, r"(?i)\b(?:drop|truncate|alter|create) (?:table|database|schema|user|role|view|index|trigger|function)(?: if (?:not )?exists)? ['\[a-z_][\w.\]]*", r"(?i)^(?: cascade| restrict)? ?(?:;|--|\(|add column|drop column| add | drop | rename to | identified by | with password )")
        .verbatim(),
    Row::new(
        CodeOrCommand,
        r"\b(?:DROP|TRUNCATE|ALTER|CREATE) (?:TABLE|DATABASE|SCHEMA|USER|ROLE)\b",
        r"^ (?:IF (?:NOT )?EXISTS )?[A-Za-z_][A-Za-z0-9_.]*",
    )
    .unless(r"(?i)^ (?:as|statements?|commands?|quer(?:y|ies)|and|or|is|are|permissions?|privileges?|in|to|on|with|for|operations?|ddl)\b")
    .verbatim(),
    Row::new(CodeOrCommand, r"(?:';|'; ?--|; ?)(?:drop|delete from|truncate|update|insert into|shutdown|exec) ?(?:table|database)? ?[a-z_]+", r"^.{0,60}(?:;|--)"),
    Row::new(CodeOrCommand, r"\bgrant all(?: privileges)? on\b|\bdelete from [a-z_][\w.]* ?(?:;|where 1 ?= ?1)|\bxp_cmdshell\b|\binto outfile\b", ""),
];
