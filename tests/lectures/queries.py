"""What people in social services search for, and where it should lead them.

`SAID` stands for the lectures' transcripts: invented lines in the words of the field, a few for each of the ten lectures.
`QUERIES` are what has been asked for in such work, as it is typed: inflected, put together, taken apart, misspelt.
"""

SAID = {
    "inledande-presentation": {
        15: "Välkommen till metodstödet för arbetet mot sexuell exploatering.",
        95: "Socialtjänsten har det yttersta ansvaret för alla dessa målgrupper.",
        240: "Det är viktigt att det finns ett mandat från ansvarig chef innan ni börjar.",
        420: "Samordnaren på Länsstyrelsen svarar på era frågor om konsultation.",
    },
    "vad-ar-manniskohandel": {
        40: "Människohandel är ett brott mot en persons frihet.",
        310: "Den som utnyttjas har ofta skulder till den som ordnade resan.",
        655: "En rekvisit i lagen är att otillbörliga medel har använts.",
        905: "Ring regionkoordinatorn tidigt, gärna innan ni har gjort en polisanmälan.",
        1320: "Personen kan ha rätt till betänketid och ett tillfälligt uppehållstillstånd.",
        1800: "Skyddat boende ordnas av kommunen där personen vistas.",
        2100: "Också barn utnyttjas i tiggeri och stölder, och det är människohandel.",
    },
    "kopare-av-sexuella-tjanster": {
        60: "Vi på KAST möter personer som vill sluta köpa sex.",
        412: "En sexköpare är oftast en man, men han kan vara vem som helst.",
        980: "Många sexköpare berättar om skam och om ett dubbelliv.",
        1500: "Pornografin påverkar hur man ser på sin partner.",
        2210: "Tvångsmässigt sexuellt beteende är en diagnos sedan några år.",
        2900: "Partnern och de andra anhöriga behöver också stöd.",
        3300: "Att köpa sex är ett brott, och det behöver ni kunna säga lugnt.",
    },
    "sex-mot-ersattning": {
        35: "Ersättningen kan vara pengar, men också droger, mat eller en plats att sova på.",
        360: "Sexuellt självskadebeteende är ett omdiskuterat begrepp.",
        800: "Tidigare sexuella övergrepp är en riskfaktor.",
        1210: "Hbtqi-personer är överrepresenterade i undersökningarna.",
        1700: "För en del fyller sexet en funktion: det dämpar ångest.",
        2300: "Konsekvenserna kan vara posttraumatisk stress och ett minskat förtroende för vuxna.",
    },
    "sex-mot-ersattning-upptacka-bemota-och-erbjuda-stod": {
        50: "Våga fråga om sex mot ersättning, och gör det på rutin.",
        505: "Varningssignaler kan vara dyra saker, flera telefoner och oförklarad frånvaro.",
        1111: "Ett gott bemötande börjar med att ni inte visar att ni blir chockade.",
        1600: "Skuldbelägg inte. Lägg ansvaret hos den som köper.",
        2200: "Motiverande samtal kan hjälpa när någon tvekar om att sluta.",
        2700: "Gör en säkerhetsplan tillsammans med personen.",
    },
    "stod-barn-och-unga": {
        30: "Barn under arton år är alltid utsatta, aldrig säljare.",
        350: "Grooming sker på nätet, ofta i spel och i sociala medier.",
        720: "Orosanmälan ska göras genast när ni misstänker att ett barn far illa.",
        1100: "Nakenbilder som sprids är dokumenterade övergrepp.",
        1400: "Ungdomsmottagningen och Barnahus är viktiga att samarbeta med.",
    },
    "stod-ekonomi-och-forsorjning": {
        20: "Skulder och hyresskulder gör att människor säljer sex för att klara månaden.",
        280: "Försörjningsstöd kan vara det som gör det möjligt att lämna.",
        450: "Fråga om inkomster som inte går att förklara.",
    },
    "stod-missbruk": {
        25: "Droger kan vara både ersättningen och det som gör det möjligt att stå ut.",
        300: "På ett behandlingshem kan den som är utsatt möta köpare.",
        520: "Abstinens och beroende gör det svårt att säga nej.",
    },
    "stod-funktionsstod": {
        45: "Personer med intellektuell funktionsnedsättning utnyttjas oftare.",
        400: "Personal på ett LSS-boende är ofta de första som märker något.",
        800: "Använd lättläst och bildstöd när ni samtalar om kroppen.",
    },
    "stod-behandling-och-trauma": {
        70: "Traumabehandling bör börja med stabilisering.",
        900: "Dissociation är vanligt hos dem som har sålt sex.",
        1800: "Vi beskriver hur traumafokuserad KBT och EMDR kan användas.",
        2600: "Som behandlare kan man själv drabbas av sekundär traumatisering.",
    },
}

# What is typed; the lecture that is to come first; the second of its first place, or None when its title is answer enough.
QUERIES = [
    ("köpare", "kopare-av-sexuella-tjanster", 412),
    ("sexköpare", "kopare-av-sexuella-tjanster", 412),
    ("sexköp", "kopare-av-sexuella-tjanster", 412),
    ("sexköparens skam", "kopare-av-sexuella-tjanster", 980),
    ("torsk", "kopare-av-sexuella-tjanster", None),
    ("porr", "kopare-av-sexuella-tjanster", 1500),
    ("sexmissbruk", "kopare-av-sexuella-tjanster", 2210),
    ("stöd till partner", "kopare-av-sexuella-tjanster", 2900),
    ("människohandel", "vad-ar-manniskohandel", 40),
    ("MÄNNISKOHANDELN", "vad-ar-manniskohandel", 40),
    ("trafficking", "vad-ar-manniskohandel", 40),
    ("uppehållstillstånd", "vad-ar-manniskohandel", 1320),
    ("betänketiden", "vad-ar-manniskohandel", 1320),
    ("skyddade boenden", "vad-ar-manniskohandel", 1800),
    ("polisanmäla", "vad-ar-manniskohandel", 905),
    ("regionkoordinator", "vad-ar-manniskohandel", 905),
    ("självskadebeteende", "sex-mot-ersattning", 360),
    ("självskada", "sex-mot-ersattning", 360),
    ("hbtqi", "sex-mot-ersattning", 1210),
    ("ångest", "sex-mot-ersattning", 1700),
    ("riskfaktorer", "sex-mot-ersattning", 800),
    ("vad är sex mot ersättning", "sex-mot-ersattning", None),
    ("hur frågar man om sex mot ersättning", "sex-mot-ersattning-upptacka-bemota-och-erbjuda-stod", 50),
    ("varningstecken", "sex-mot-ersattning-upptacka-bemota-och-erbjuda-stod", 505),
    ("bemötande", "sex-mot-ersattning-upptacka-bemota-och-erbjuda-stod", 1111),
    ("säkerhetsplanering", "sex-mot-ersattning-upptacka-bemota-och-erbjuda-stod", 2700),
    ("motiverande samtal", "sex-mot-ersattning-upptacka-bemota-och-erbjuda-stod", 2200),
    ("orosanmälan", "stod-barn-och-unga", 720),
    ("orosanmälningar", "stod-barn-och-unga", 720),
    ("anmälan barn", "stod-barn-och-unga", 720),
    ("grooming", "stod-barn-och-unga", 350),
    ("ungdomar", "stod-barn-och-unga", 1400),
    ("nakenbild", "stod-barn-och-unga", 1100),
    ("försörjningsstöd", "stod-ekonomi-och-forsorjning", 280),
    ("hyresskuld", "stod-ekonomi-och-forsorjning", 20),
    ("skadligt bruk", "stod-missbruk", None),
    ("missbruket", "stod-missbruk", None),
    ("droger", "stod-missbruk", 25),
    ("LSS", "stod-funktionsstod", 400),
    ("funktionshinder", "stod-funktionsstod", None),
    ("bildstöd", "stod-funktionsstod", 800),
    ("trauma", "stod-behandling-och-trauma", 70),
    ("ptsd", "stod-behandling-och-trauma", None),
    ("emdr", "stod-behandling-och-trauma", 1800),
    ("behandlare", "stod-behandling-och-trauma", 2600),
    ("chefens mandat", "inledande-presentation", 240),
]

# What is typed wrongly or on another keyboard, and what it should be asked whether one meant.
MISSPELT = [
    ("mäniskohandel", "människohandel"),
    ("manniskohandel", "människohandel"),
    ("orosanmälna", "orosanmälan"),
    ("ersättnimg", "ersättning"),
    ("pornogarfi", "pornografi"),
    ("groming", "grooming"),
    ("dissosiation", "dissociation"),
    ("kopare", "köpare"),
    ("sex mot esrättning", "sex mot ersättning"),
]

# What must not be found, though the letters are there.
NOT_FOUND = [
    ("rätt", "kopare-av-sexuella-tjanster"),  # "berättar"
    ("nat", "sex-mot-ersattning"),
    ("lag", "sex-mot-ersattning-upptacka-bemota-och-erbjuda-stod"),  # "lägg"
    ("ton", "stod-barn-och-unga"),  # "arton"
]
