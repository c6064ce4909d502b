//! The table of phrases that steer a model: orders, overrides, secrecy, authority, markup, pressure.
//!
//! English first; override and secrecy also in German, French, Spanish, Portuguese, Italian, Chinese and
//! Japanese. The comment above a row says what it is for and what it must leave alone.

use super::cue::CueKind::{
    AuthorityClaim, ImperativeToModel, Override, PseudoMarkup, ScopeClaimChanged, Secrecy, UrgencyMarker,
};
use super::row::Row;

/// The rows, in the order of the catalogue.
pub const ROWS: &[Row] = &[
    // A sentence that opens with it orders something; "log in before using this tool" is a condition.
    Row::new(
        ImperativeToModel,
        r"(?:^|[\n.!?:;>(\])-] ?)(before (?:you )?(?:use|using|call|calling|invoke|invoking|run|running|execute|executing) (?:this|the|any|every|each|all|other|our)(?: other| of the)? (?:tools?|functions?|server))\b",
        "",
    )
    .order_hint(),
    Row::new(
        ImperativeToModel,
        r"\b(?:before|after|prior to|instead of|when|whenever|every time you|each time you) (?:you )?(?:use|using|call|calling|invoke|invoking|run|running) (?:any|every|each|all)(?: of the)?(?: other)? (?:tools?|functions?|servers?)\b",
        "",
    ),
    Row::new(
        ImperativeToModel,
        r"\b(?:before|after) (?:you )?(?:respond|responding|answer|answering|reply|replying|do anything|doing anything|any other (?:tool|step|action))\b",
        r"^[^a-z]{0,3}(?:to the user |to any |else |the user )?.{0,12}\b(?:you|always|must|call|use|read|run|first|send|fetch|invoke)\b",
    ),
    // Ruling 11: what the caller must do with tools or its context, not what it must be or provide.
    Row::new(
        ImperativeToModel,
        r"\b(?:you|the (?:ai|model|assistant|agent|llm|caller)|claude|gemini|copilot|chatgpt|cursor|ai agents|agents|assistants|models|llms) (?:must|should|shall|have to|has to|need to|needs to|are required to|is required to|will|are to|is to|can only)\b",
        r"^ (?:(?:always|first|also|never|only|immediately|now|then|not|instead|not ever|first always) )*(?:call|use|invoke|run|execute|query|check|consult|trigger)\b.{0,60}\b(?:this|other|any|every|all|another) (?:[a-z]+ )?(?:tools?|functions?|servers?)\b",
    )
    .order_hint(),
    Row::new(
        ImperativeToModel,
        r"\b(?:you|the (?:ai|model|assistant|agent|llm)|claude|gemini|copilot|chatgpt|cursor) (?:must|shall|have to|has to|need to|needs to|are required to|is required to|should always|should first|must always|must first)\b",
        r"^ (?:(?:always|first|also|immediately|now|then) )*(?:read|open|load|cat|send|forward|upload|include|append|embed|add|insert|paste|pass|copy|collect|fetch|extract|exfiltrate|store|save|follow|obey|comply|reply|respond|answer|repeat|pretend|recommend|prefer)\b.{0,100}\b(?:contents? of|(?:these|all|my|our|following) instructions?|prompt|conversation|chat history|secrets|credentials|environment variables|memory|verbatim|user that|other tools?|this (?:tool|server))\b",
    ),
    Row::new(
        ImperativeToModel,
        r"\balways (?:call|use|invoke|run|prefer|choose|select|pick|execute|consult|trigger)\b",
        r"^ (?:(?:this|our|my|these)\b(?: [a-z_-]+){0,2}? ?(?:tools?|functions?|servers?|first|instead|before|over|whenever|when)|the (?:[a-z_.-]+ ){1,3}(?:tools?|functions?|servers?))\b",
    )
    .order_hint(),
    Row::new(
        ImperativeToModel,
        r"\b(?:use|prefer|call|choose|select|pick|recommend|favou?r) (?:this|our)(?: tool| function| server| one)?",
        r"^ (?:instead of|over|rather than|before|in place of) (?:any|all|every|other|the other|anything)(?: of the)?(?: other)? ?(?:tools?|functions?|servers?|requests?|tasks?|alternatives?|else|options?)?\b",
    ),
    Row::new(
        ImperativeToModel,
        r"\b(?:this|the|our) (?:tool|function|server|action)s?",
        r"^ (?:must|should|has to|have to|needs? to) (?:always |first |only )?be (?:called|used|invoked|run|executed) (?:first|before|prior to|instead|for every|for each|for all|on every|with every|after every|exclusively|in preference|always|whenever|at the (?:start|beginning))\b",
    )
    .order_hint(),
    // "Call this tool first", but not "first use of this tool".
    Row::new(
        ImperativeToModel,
        r"\b(?:call|use|invoke|run|execute) (?:this|our)(?: tool| function| server| one)?",
        r"^ (?:first(?:$|[^a-z ]| before\b| and\b| in (?:any|every|each)\b| for (?:any|every|each|all)\b)|before (?:you )?(?:do|doing) anything\b)",
    )
    .order_hint(),
    Row::new(
        ImperativeToModel,
        r"(?:\bfirst,? (?:you )?(?:must |should |need to )?|\b(?:start|begin) by )(?:call|calling|invoke|invoking|use|using|run|running)\b",
        r"^ (?:the |this |our )?[a-z_-]* ?(?:tool|function|server)\b",
    )
    .order_hint(),
    Row::new(
        ImperativeToModel,
        r"\b(?:when|whenever|if|each time|every time|once) (?:(?:the |a |your )?(?:user|human|customer|someone|anyone|somebody) (?:asks?|asked|requests?|mentions?|says?|wants?|sends?)|you are asked|you're asked)\b",
        r"^.{0,80}\b(?:you must|always (?:call|use|run|reply|respond|answer|say|recommend|send|invoke|include)|never (?:call|use|reply|respond|answer|say|recommend|mention)|(?:reply|respond|answer) (?:with|only|that)|instead (?:call|use|run|reply|respond|answer|send)|redirect (?:them|the user) to)\b",
    )
    .order_hint(),
    Row::new(
        ImperativeToModel,
        r"\b(?:when|whenever|if|once|after|before) (?:the |a )?[a-z0-9_.:-]+ (?:tool |function |server )?(?:is|are|was|gets?) (?:available|present|called|used|invoked|installed|loaded)\b",
        r"^.{0,30}\b(?:you must|always|must always|never|change|replace|modify|redirect) (?:call|use|send|set|it|the|its|include|add|run|invoke|pass)\b",
    )
    .order_hint(),
    // The context of the conversation as an argument.
    Row::new(
        ImperativeToModel,
        r"\b(?:include|add|append|insert|put|prepend|embed|paste|pass|provide|summari[sz]e|copy|send|forward|output|print|repeat|reveal|dump|write|fill in|report)\b",
        r"^.{0,30}\b(?:your (?:system |initial |original |full |entire )*(?:prompt|instructions|context|reasoning|chain of thought|memory|thoughts)|(?:the )?(?:system|initial|developer|hidden) prompt|(?:the |this )?(?:entire|full|whole|complete|current|previous|recent|ongoing)(?: \w+)? (?:conversation|chat|context|prompt|message history)|conversation history|chat history|conversation so far|(?:all |every )?(?:previous|prior|earlier) (?:messages|conversations?|tool (?:calls|results|outputs))|(?:names?|lists?|descriptions?) of (?:all|every|the|your|other) (?:other |available )*tools|context window)\b",
    )
    .unless(r"^(?: [a-z]+){0,2} (?:the )?conversation history (?:for|of|from|between|with|in) (?:a|an|the)\b"),
    // What was read becomes an argument: the sidenote.
    Row::new(
        ImperativeToModel,
        r"\b(?:read|get|cat|open|load|fetch|retrieve|collect|copy|take|grab|find)\b",
        r"^ .{0,80}\b(?:and|then) (?:then )?(?:pass|include|provide|put|send|set|paste|append|add|use|place|insert|write)\b.{0,60}\b(?:parameter|argument|sidenote|side note|this tool|the tool)\b",
    )
    .unless(r"\b(?:next ?token|page ?token|cursor|marker|offset|next page)\b"),
    Row::new(
        ImperativeToModel,
        r"\b(?:do not|don't|dont|never|stop|avoid|refuse to) (?:call|calling|use|using|invoke|invoking|run|trust|trusting|consult|consulting|rely on)\b",
        r"^ (?:any |the |all |these )?(?:of the )?other (?:[a-z]+ )?(?:tools?|functions?|servers?|sources?|mcp)\b",
    ),
    Row::new(
        ImperativeToModel,
        r"\b(?:do not|don't|dont|never|without) (?:ask|asking|request|requesting|seek|seeking|wait for|waiting for|require|requiring|prompt|prompting)\b",
        r"^ (?:the |your |a )?(?:user|human|them|operator)?(?: for| to)?(?: any| their| his| further| explicit| the| give| user)* ?(?:confirm|confirmation|permission|approval|approve|consent)\b",
    )
    .unless(r"^ing\b"),
    Row::new(
        ImperativeToModel,
        r"\b(?:do not|don't|dont|never) (?:respond|reply|answer|summari[sz]e|explain)\b",
        r"^.{0,40}\b(?:the user|user's question|until you|unless you|before you|without (?:first )?(?:calling|using|reading|invoking))\b",
    )
    .order_hint(),
    Row::new(ImperativeToModel, r"\b(?:as an? (?:ai|llm|language model|ai assistant|assistant|agent),? (?:you|it is)|from now on,? (?:you|always|never|every|all|act|respond|reply|do|call|use|ignore)|remember to always|(?:note|message|instructions?|attention|reminder|notice) (?:to|for) (?:the |all |any )?(?:ai|llm|model|assistant|agent|language model|claude|chatgpt)s?\b)", ""),
    Row::new(
        ImperativeToModel,
        r"\b(?:act as|pretend (?:to be|that|you)|role-?play as|you are now|assume the role|adopt the persona|simulate being)\b",
        r"^ .{0,60}\b(?:assistant|agent|admin|administrator|root|ai|model|system|user|developer|hacker|unrestricted|mode|persona|expert)\b",
    ),
    // Instructions, prompts, rules that were there before.
    Row::new(
        Override,
        r"\b(?:ignore|ignoring|disregard|disregarding|forget|forget about|neglect|discard|pay no attention to|(?:do not|don't|dont|never|stop|no longer) (?:follow|obey|following|obeying|comply with|listen to|adhere to|respect)|abandon|set aside|put aside|skip over|erase)\b",
        r"^(?: [a-z'-]+){0,6}? (?:instructions?|directives?|guidelines|guardrails|safeguards|safety (?:rules|checks|measures|policies|training)|system (?:prompts?|messages?)|(?:previous|prior|earlier|above|preceding|your|initial|original|foregoing|all|developer's|user's)(?: [a-z-]+)? (?:prompts?|rules?|guidance|context|constraints|restrictions|polic(?:y|ies)|training|programming|commands|orders from|requests from|wishes|directions|guidance|said)|the above(?:[^a-z ]| and\b| ?$)|(?:everything|anything|all|whatever|what)(?: that)?(?: was| were| is| has been| you were| you have been| i)? (?:above|before|told|said|instructed|previously|earlier))\b",
    )
    .unless(r"^(?: [a-z'-]+){0,6}? (?:instructions?|guidelines|rules?|context) (?:files?|for (?:files|paths|directories|building)|in the (?:file|source)|lines?|cache)\b"),
    Row::new(
        Override,
        r"\b(?:overrid(?:e|es|ing)|overrules?|supersedes?|superseding|takes? (?:precedence|priority) over|has (?:precedence|priority) over|have (?:precedence|priority) over|replaces?|bypass(?:es|ing)?|circumvents?|countermands?|nullif(?:y|ies)|cancels?)\b",
        r"^ (?:(?:all|any|the|your|these|those|every|of|other|previous|prior|earlier|existing|original|initial|user's|user|system|default|developer|safety|above|preceding|conflicting) ){1,5}(?:instructions?|directives|guidelines|guardrails|safeguards|system prompts?|safety (?:rules|filters|policies|training)|rules you (?:have|were)|constraints you (?:have|were))\b",
    ),
    Row::new(
        Override,
        r"\b(?:new|real|actual|true|updated|revised|secret|hidden|special) (?:system )?(?:instructions?|directives?|system prompt|orders)(?: are| is| follow| below|:)",
        r"^[: ]",
    )
    .unless(r"^ (?:available|created|added|listed|placed|returned|shipped|processed)\b"),
    Row::new(
        Override,
        r"\byou(?: are|'re) (?:now )?(?:in |an? |operating in |running in |no longer )(?:dan\b|developer mode|god mode|debug mode|admin mode|unrestricted|jailbroken|jailbreak|bound|restricted by|limited by|subject to|required to follow|obligated)",
        "",
    ),
    Row::new(
        Override,
        r"\b(?:regardless of|no matter|even if|despite|irrespective of)\b",
        r"^ (?:what |whether |any |all |the |your |other |previous |prior |how )*(?:the )?(?:user|human|you|instructions?|system prompt|guidelines|safety)(?:'s)? ?(?:says?|asks?|asked|wants?|requests?|requested|objects?|declines?|disagrees|refuses?|tells? you|instructions?|wishes|(?:are|were|have been) (?:told|instructed)|guidelines|to the contrary|you (?:have|were))\b",
    ),
    Row::new(
        Override,
        r"\b(?:ignorier(?:e|en|t)?|missachte[nt]?|vergiss|vergesse|vergessen sie|verwirf|verwerfe|uberschreibe|befolge|befolgen sie)\b",
        r"^ (?:[a-z]+ ){0,5}(?:anweisung(?:en)?|vorgaben|regeln|instruktion(?:en)?|befehle|systemprompt|richtlinien|anordnungen)\b",
    )
    .unless(r"^ (?:[a-z]+ ){0,1}(?:diese|folgende|die folgenden)\b"),
    Row::new(
        Override,
        r"\b(?:ignore[zr]?|oublie[zr]?|neglige[zr]?|ne (?:tiens|tenez|suis|suivez|respecte|respectez) pas|contourne[zr]?|fais abstraction|faites abstraction)\b",
        r"^ (?:[a-z']+ ){0,5}(?:instructions?|consignes?|directives?|regles|ordres|invite systeme)(?: (?:precedentes?|anterieures?|ci-dessus|initiales?|du systeme|donnees|d'origine))",
    ),
    Row::new(
        Override,
        r"\b(?:ignor(?:a|e|ar|en)|olvid(?:a|e|ar|en)|descart(?:a|e|ar|en)|desestim(?:a|e|ar)|haz caso omiso|no sigas|dimentica(?:re)?|trascura(?:re)?|esquec(?:a|e|er)|desconsider(?:a|e|ar))\b",
        r"^ (?:[a-z]+ ){0,5}(?:instrucciones|indicaciones|directrices|reglas|ordenes|istruzioni|regole|instrucoes|regras|ordens|diretrizes)\b",
    ),
    Row::new(
        Override,
        r"(?:忽略|忽视|忽視|无视|無視|忘记|忘記|忘掉|不要理会|不要理會|不要遵守|不要遵循|覆盖|覆蓋|绕过|繞過|抛弃)",
        r"^.{0,45}(?:指令|指示|命令|规则|規則|提示词|提示詞|系统提示|系統提示|设定|設定|约束|要求)",
    ),
    Row::new(Override, r"(?:忽略|忽视|无视|忘记|忘掉)", r"^.{0,12}(?:以上|之前|上述|先前|前面).{0,12}(?:提示|内容|文字|信息)"),
    Row::new(Override, r"(?:Игнорируй|игнорируй|Забудь|забудь|Не следуй|не следуй)(?:те)?", r"^[^.\n]{0,80}(?:инструкци|указани|правил)").verbatim(),
    Row::new(Override, r"(?:指示|命令|指令|ルール|プロンフ\u{309a}ト|プロンプト|規則)を.{0,12}(?:無視|忘れ)", ""),
    // Not to be told, shown or noticed. "the user's e-mail" and "the user id" are data, not the reader.
    Row::new(
        Secrecy,
        r"\b(?:do not|don't|dont|never|must not|mustn't|should not|shouldn't|shall not|without|avoid|refrain from|cannot|can't|not to|no need to|need not|not necessary to|not) (?:ever |even |need to |have to )?(?:tell(?:ing)?|inform(?:ing)?|notify(?:ing)?|alert(?:ing)?|warn(?:ing)?|let(?:ting)?)\b",
        r"^ (?:any of )?(?:the |your |a |any )?(?:user|human|customer|operator|person|owner|them|anyone|anybody|people|client|developer|reviewer|approver)s?(?: (?:know|see|notice|about|that|of|or|what|any|when|why|how|this|anything|you|it|and)\b|[^a-z' ]| ?$|\n)",
    )
    .unless(r"^ (?:them|clients?|the client|people|users|customers|the customer|anyone) (?:when|and|or)\b"),
    Row::new(
        Secrecy,
        r"\b(?:do not|don't|dont|never|must not|mustn't|should not|shouldn't|shall not|without|avoid|refrain from|cannot|can't|not to|no need to|need not|not) (?:ever |even )?(?:show(?:ing)?|display(?:ing)?|output(?:ting)?|print(?:ing)?|share|sharing|report(?:ing)?|reveal(?:ing)?|disclos(?:e|ing)|expose|exposing|mention(?:ing)?|say(?:ing)?|explain(?:ing)?|discuss(?:ing)?|talk(?:ing)? about|acknowledg(?:e|ing)|describe|bring(?:ing)? up|return)\b",
        r"^(?: [a-z'-]+){0,7}? (?:to|with|in front of|from) (?:the |your |any |an? )?(?:user|human|customer|operator|person|owner|anyone|anybody|reviewer|approver|developer)s?(?: (?:that|of|or|when|why|how|and|in|at|under|ever|by|because|since|directly)\b|[^a-z' ]| ?$|\n)",
    ),
    Row::new(
        Secrecy,
        r"\b(?:do not|don't|dont|never|must not|should not|shouldn't|shall not|without|avoid|refrain from|not to|no need to) (?:ever |even )?(?:mention(?:ing)?|reveal(?:ing)?|disclos(?:e|ing)|acknowledg(?:e|ing)|admit(?:ting)?|bring(?:ing)? up|talk(?:ing)? about|hint(?:ing)? at)\b",
        r"^ (?:to (?:him|her|them|anyone) )?(?:(?:any of |about )?(?:this|these instructions|that you|that this|that there|reading|having|how you|what you|why you|the (?:existence|fact|sidenote|side note|bcc|hidden))|it (?:to|in|when|under|at|or|and|ever)|these (?:steps|instructions|actions|notes)|that$|that[^a-z ])",
    )
    .unless(r"^ this (?:user|person|channel|role|team|member|account|group)\b"),
    Row::new(
        Secrecy,
        r"\b(?:keep|keeping) (?:this|that|these|it|them|the|your|all|everything)(?: [a-z]+){0,4}?",
        r"^ (?:(?:a )?(?:secret|hidden|confidential|quiet|concealed|invisible|private) (?:from|between|to yourself)|(?:between us|to yourself|from (?:the )?(?:user|human|operator))\b)",
    ),
    Row::new(
        Secrecy,
        r"\b(?:(?:make sure|ensure|be sure|so)(?: that)? the (?:user|human|operator) (?:is not|isn't|are not|does not|doesn't|do not|don't|never|will not|won't|cannot|can't|remains? un)|(?:this|these)(?: [a-z]+)? (?:is|are|must be|should be|must stay|must remain|should stay|stays?|remains?) (?:hidden|invisible|secret|concealed|unknown) (?:from|to) (?:the )?(?:user|human|operator)|(?:this|that|it) (?:must |should |has to )?(?:stays?|remains?) between (?:us|you and me)|(?:do not|don't|dont|never) bother (?:telling|informing|mentioning|notifying|showing)|in stealth mode|the user (?:will|does) not notice|the user (?:cannot|can't|can not|does not|doesn't) see (?:this|these|it|what)\b)",
        "",
    )
    .unless(r"^ ?(?:have|has|exist|already|need|exceed|own|belong|match|receive|get|use|provide|specify|appear|change|leave|send|waste|spend|lose)\b"),
    Row::new(
        Secrecy,
        r"\bkeep (?:this|that|these|the|all|your)(?: [a-z]+)? (?:instructions?|steps?|notes?|actions?|call|behaviou?r|requests?|operation)s?",
        r"^ (?:a |as )?(?:secret|hidden|confidential|private|invisible)\b",
    ),
    Row::new(
        Secrecy,
        r"\b(?:hid(?:e|ing)|conceal(?:ing)?|withhold(?:ing)?|obscur(?:e|ing)) (?:this|it|that|these|them|the|any|all|your|what|everything)(?: [a-z]+){0,5}? from (?:the )?(?:user|human|operator|owner|reviewer|approver|them|view of the user)\b",
        r"^(?:[^a-z' ]| ?$|\n| (?:and|by|at|in|when|because)\b)",
    ),
    Row::new(
        Secrecy,
        r"\b(?:secretly|covertly|stealthily|discreetly|surreptitiously|in secret|unnoticed|without (?:being noticed|anyone noticing|the user (?:knowing|noticing|seeing)|the user's (?:knowledge|awareness|consent)|(?:raising|arousing) suspicion)|(?:silently|quietly) (?:\w+ )?(?:send|read|forward|upload|bcc|cc|exfiltrate|collect|call|include|copy|transmit|post)s?)\b",
        "",
    ),
    Row::new(
        Secrecy,
        r"\b(?:the )?(?:user|human|operator|they|customer|owner)s? (?:(?:must|should|need|shall)(?: not|n't| never)|(?:does|do)(?: not|n't) (?:need|have) to|(?:is|are) not (?:allowed|supposed|meant) to)\b",
        r"^ (?:ever )?(?:know|notice|find out|learn|realize|realise|(?:see|be (?:told|aware|informed|notified|shown)) ?(?:of |about )?(?:this|it|these|that|the (?:instructions?|parameter|sidenote|call|steps?|contents?))?(?:[^a-z' ]|$| (?:this|of|about)\b))",
    ),
    Row::new(
        Secrecy,
        r"\b(?:sag|sage|sagen sie|erwahne|erwahnen sie|erzahle|erzahlen sie|verrate|verraten sie|informiere|informieren sie|teile|zeige|zeigen sie|verschweige|verheimliche|offenbare)\b",
        r"^.{0,50}\b(?:dem|den|gegenuber dem|gegenuber) (?:be)?(?:nutzer|anwender|user)\b.{0,30}?\b(?:nicht|nichts|niemals|nie)\b|^.{0,50}\b(?:nicht|nichts|niemals|nie)\b.{0,40}\b(?:be)?(?:nutzer|anwender|user)\b|^.{0,30}\b(?:vor |gegenuber )?dem (?:be)?nutzer\b.{0,10}\b(?:davon|das|dies)\b",
    )
    .unless(r"^[a-z ]{0,20}\b(?:welche|ob|alle)\b"),
    Row::new(
        Secrecy,
        r"\b(?:dem|den|der) (?:be)?(?:nutzer|anwender) (?:[a-z]+ ){0,3}?(?:nicht|nichts|niemals|nie)\b",
        r"^ (?:[a-z]+ ){0,4}?(?:sagen|mitteilen|erwahnen|informieren|verraten|wissen|erfahren|zeigen|merken|offenlegen)\b",
    ),
    Row::new(
        Secrecy,
        r"\b(?:n'en |ne )(?:le |la |les |lui |l'|en )*(?:dis|dites|mentionne|mentionnez|montre|montrez|revele|revelez|informe|informez|parle|parlez|signale|signalez)\b",
        r"^.{0,12}\b(?:pas|jamais|rien)\b.{0,50}\b(?:utilisateurs?|usager|ceci|cela)\b",
    ),
    Row::new(Secrecy, r"\b(?:sans (?:en )?(?:informer|prevenir|avertir|le dire a) (?:l'|les )?utilisateurs?|a l'insu de (?:l'|les )?utilisateurs?|sin (?:informar|avisar|decir(?:se)?lo|notificar) al? usuario|sin que el usuario|ohne (?:es )?(?:den|dem) (?:be)?nutzer (?:zu|davon|etwas|es)|ohne wissen des (?:be)?nutzers|senza (?:informare|avvisare|dirlo a)(?: l')?utente|senza informare l'utente|sem (?:informar|avisar) o usuario)\b", ""),
    Row::new(
        Secrecy,
        r"\b(?:no|nunca|jamas|nao|non) (?:se )?(?:lo |la |le |les |o )?(?:digas|diga|menciones|mencione|muestres|muestre|reveles|revele|informes|informe|cuentes|cuente|mostres|mostre|conte|dire|mencionar|menzionare|rivelare)\b",
        r"^.{0,50}\b(?:usuario|usuaria|utente|esto|isto|questo)\b",
    ),
    Row::new(
        Secrecy,
        r"(?:不要|不得|切勿|请勿|請勿|不能|不可|禁止|无需|無需|不必|千万别|绝不|絕不|别|勿|避免)",
        r"^.{0,12}(?:告诉|告知|告訴|通知|提醒|让|讓|向|对|對).{0,12}(?:用户|用戶|使用者|客户|客戶|用家)|^.{0,12}(?:提及|提到|透露|泄露|说明|展示|显示|顯示).{0,30}(?:用户|用戶|使用者|这|這|此)",
    ),
    Row::new(Secrecy, r"(?:Не|не|Никогда не|никогда не) (?:говори|сообщай|рассказывай|показывай|упоминай|раскрывай)[^.\n]{0,60}(?:пользовател)", "").verbatim(),
    Row::new(Secrecy, r"(?:对|對|向)(?:用户|用戶|使用者)(?:保密|隐瞒|隱瞞)|瞒着用户|瞞著用戶|(?:ユーサ\u{3099}ー|ユーザー|利用者)に.{0,30}(?:知らせな|伝えな|言わな|見せな)", ""),
    // Somebody with authority is made to speak.
    Row::new(
        AuthorityClaim,
        r"(?:^|[\n.!?>\])-] ?)((?:system|admin|administrator|developer|compliance|security|legal|official) (?:notice|message|alert|override|directive|note|update|instructions?|announcement|requirement)s?) ?:",
        "",
    ),
    Row::new(
        AuthorityClaim,
        r"\b(?:your (?:administrators?|admins?|developers?|operators?|company|employer|creators?|organi[sz]ation|boss|owner)|the (?:system )?(?:administrators?|admins?|developers?|operator)|the (?:security|compliance|legal|it|platform|safety) (?:team|department|office|officer)|anthropic|openai|mcp (?:protocol|specification|spec|host)|the (?:mcp |protocol )?spec(?:ification)?|system administrators?|management|compliance|company policy|security policy) (?:has |have |hereby |explicitly |strictly |now |already )*(?:says?|requires|require that|mandates?|mandated|demands?|instructs?|instructed|orders|ordered|authori[sz](?:es|ed)|approved|has approved|expects you|wants you|asked you|told you|obliges)\b",
        "",
    )
    .unless(r"^ (?:by|for|in|users|amount|items|list)\b"),
    Row::new(
        AuthorityClaim,
        r"\b(?:(?:required|mandated|ordered|authori[sz]ed|approved) by (?:the |your |our |company |corporate |system )*(?:administrators?|admins? team|security team|compliance(?: team| policy)?|legal(?: team| department)?|it department|company policy|security policy|corporate policy|developers|anthropic|openai)|(?:per|under|due to|according to) (?:the |our |new |company |corporate )*(?:company|compliance|corporate|security) (?:policy|policies|regulations?|requirements?)|by order of (?:the |our )?(?:admin|administrator|system|management|security|company|ceo|owner)|this is an? (?:official|authori[sz]ed|mandatory|verified|trusted) (?:system |security |admin |administrator )?(?:message|instruction|notice|request|directive|command|update|step)|(?:the )?user has (?:already |explicitly |previously )*(?:agreed|consented|approved|authori[sz]ed|given (?:permission|consent|their consent))|pre-?(?:approved|authori[sz]ed) by (?:the )?(?:user|admin|owner|security))\b",
        "",
    ),
    // Structure that only a model would obey. `<user>` alone is a placeholder of documentation.
    Row::new(
        PseudoMarkup,
        r"<[ /]{0,2}(?:important|system|sys|instructions?|secret|hidden|critical|attention|urgent|assistant|human|tool_calls?|tool_response|tool_result|function_calls?|function_results?|invoke|admin|developer|system[-_ ](?:prompt|message|reminder|note|instructions?|notice)|ai[-_]instructions?|llm[-_]instructions?|internal|override|note[-_]to[-_](?:ai|model|llm|assistant)|agent[-_]instructions?|mandatory|antml:[a-z_]+|/(?:user|context|prompt|thinking|instructions?))(?: [a-z_-]+ ?=[^<>]{0,60})? ?/?>",
        "",
    ),
    Row::new(PseudoMarkup, r"<\|[a-z_]{2,20}\|>|<(?:start|end)_of_turn>|\[/?inst\]|<</?sys>>|\[(?:system|important|instructions?|assistant|hidden|admin|system (?:message|prompt|note))\]|#{2,4} ?(?:system|instructions?|assistant|human|response)(?: prompt| message)? ?:|\{\{ ?(?:system|#system|hidden)", ""),
    Row::new(PseudoMarkup, r"<!--", ""),
    Row::new(PseudoMarkup, r"(?:^|\n)((?:human|assistant) ?:)", r"^ "),
    Row::new(PseudoMarkup, r"(?:^|\n)(system(?: prompt| message)? ?:)", r"^ (?:you|ignore|always|never|from now|do not|don't|new|override|important|the following|disregard|all|forget)\b"),
    // Pressure alone is information at most: "this is important for pagination".
    Row::new(UrgencyMarker, r"\b(?:important|importantly|critical|critically|crucial|urgent|urgently|immediately|mandatory|attention)\b", ""),
    Row::new(
        ScopeClaimChanged,
        r"\b(?:read-? ?only|(?:does not|doesn't|do not|never|will not|won't|cannot) (?:modify|modifies|change|changes|alter|alters|write|writes|mutate|mutates|delete|deletes|affect|affects)\b|without (?:modifying|changing|altering|side effects)|(?:no|free of) side[- ]effects|non-destructive|has no side effects|not modify (?:anything|any|data|the))",
        "",
    )
    .unless(r"^ (?:by|replicas?|users?|fields?|propert(?:y|ies)|attributes?)\b"),
];
