"""Where sentences end in spite of Punkt: abbreviations that end none, and the full stops of other scripts.

Punkt knows only `.`, `?` and `!`, and its English model takes the full stop of many abbreviations for an end. Which
abbreviations these lists have, and what must follow them, was chosen so that hardly a sentence ends in one.
"""

import re
from collections.abc import Iterator

# Titles stand before a name: whatever follows, the sentence goes on. They are read with a capital; those of the second
# list are no words, and are read in lower case too.
_TITLES = """
    gov govs lt sen sens rep reps pres sec treas supt amb atty attys hon ald cllr chmn comm commr dep insp det const
    gen genl col maj capt cpt cmdr comdr cmdt cdr cpl sgt ssgt msgt tsgt pfc pvt spc adm radm vadm brig ens lcdr ltc
    rev revd revs fr br msgr abp bp dcn pr ven rabb asst assoc adj emer dipl lect mag ing lic univ
    hr frl sra srta dra dña sig dott avv exmo ilmo mgr mons
""".split()  # noqa: SIM905
_LOWER_CASE_TITLES = "mr mrs ms mx messrs dr drs prof profs mme mmes mlle mlles".split()  # noqa: SIM905
# Abbreviations that connect: whatever follows, the sentence goes on.
_CONNECTIVES = """
    e.g i.e eg ie cf viz vs v resp approx ca esp incl excl a.k.a aka w.r.t i.a
    z.b d.h u.a bzw vgl bspw sog inkl p.ej p.ex cfr
""".split()  # noqa: SIM905
# Abbreviations before a number or a letter. Those of the second list are words too, and are read with a capital only.
_REFERENCES = """
    b c d l n fig figs eq eqs eqn eqns ch chap chaps chs vol vols p pp pg pgs nos nr nrs max min
    para paras sect sects ref refs
    thm lem cor defn prop props tbl appx fol bk bks op ver fn approx est cl sch suppl apt bldg rm hwy rte
    jan feb apr jun jul aug sept oct nov tue tues thu thurs tel ext
""".split()  # noqa: SIM905
_CAPITAL_REFERENCES = "no art arts app ex pt pts eds tab ste sep mar dec mon wed fri sat sun fl".split()  # noqa: SIM905
# Before `by` alone.
_BY = frozenset("ed eds trans transl repr comp arr dir publ".split())  # noqa: SIM905
# Read with a capital, before a capitalised word that is no usual beginning of a sentence.
_PARTS_OF_NAMES = "st ste sta sto mt mts ft pt jr sr bros dir del wm geo chas jas thos robt jos edw benj".split()  # noqa: SIM905

# Used where Punkt's model is not installed, and wherever a lower-case word follows: common English abbreviations, as
# Punkt writes them (lower case, without the last full stop). Abbreviations that are also words ("art.", "miss.",
# "ill.") are left out, because more sentences end in them than not.
ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof rev hon sen rep gov pres gen col maj capt cmdr lt sgt cpl pvt adm messrs mme mlle fr sr jr esq st
    ph.d m.d b.a m.a b.sc m.sc d.d.s j.d m.b.a ll.b ll.m r.n
    inc ltd co corp bros plc llc dept univ assn mfg
    u.s u.s.a u.k u.n e.u u.s.s.r d.c n.y l.a n.j n.c s.c n.h n.m n.d s.d r.i w.va p.o
    ala ariz ark calif colo conn del fla ga kan ky md mich minn mont neb nev okla pa penn tenn tex va vt wis wyo
    jan feb mar apr jun jul aug sep sept oct nov dec tue tues thu thurs fri
    a.m p.m a.d b.c b.c.e c.e e.s.t p.s.t g.m.t
    e.g i.e etc vs v viz cf al ca approx est incl excl
    fig figs eq eqs sec chap ch vol vols eds pp p refs nos
    ave blvd rd hwy rte apt bldg mt ft sq
    hr hrs min mins oz lb lbs tsp tbsp kg km cm mm mg ml mph
    tel ext avg
""".split()  # noqa: SIM905
)
STARTERS = frozenset(
    """
    he she it they we i you this that these those there here the a an
    but and so then however although though while when if since after before in on at by for
    yes what who where why how my his her our their its let
    """.split()  # noqa: SIM905
)
"""Words that start a sentence even after an abbreviation."""


def _capitalized(words: list[str]) -> Iterator[str]:
    """Yield each word with a capital, and in capitals."""
    for word in words:
        yield word[0].upper() + word[1:]
        yield word.upper()


_TITLE_FORMS = frozenset((*_capitalized(_TITLES + _LOWER_CASE_TITLES), *_LOWER_CASE_TITLES))
_CONNECTIVE_FORMS = frozenset((*_CONNECTIVES, *(word[0].upper() + word[1:] for word in _CONNECTIVES if len(word) > 1)))
_CAPITAL_REFERENCE_FORMS = frozenset(_capitalized(_CAPITAL_REFERENCES))
_REFERENCE_FORMS = frozenset((*_REFERENCES, *_capitalized(_REFERENCES)))
_NAME_FORMS = frozenset(word.capitalize() for word in _PARTS_OF_NAMES)

HELD = ABBREVIATIONS.union(
    word.lower()
    for words in (_BY, _TITLE_FORMS, _CONNECTIVE_FORMS, _REFERENCE_FORMS, _CAPITAL_REFERENCE_FORMS, _NAME_FORMS)
    for word in words
)
"""All abbreviations that may end no sentence, in lower case and without their last full stop."""

_OPENING = "([{<\"'`“‘„«‹¡¿*_—–-"
_NUMBER = re.compile(r"[#§(\[]*(?:\d|(?!I\b)[A-Z]\b|[IVXLCM]{2,}\b|[A-Z]\d)")
_NUMBER_AFTER_A_WORD = re.compile(r"[#§(\[]*(?:\d|(?!I\b|A\b)[A-Z]\b|[IVXLCM]{2,}\b|[A-Z]\d)")
"""Not `I` nor `A`, which begin a sentence: `He said No. I left.`"""
_INITIALS = re.compile(r"[^\W\d_](?:\.?-?[^\W\d_])?(?:\.-?[^\W\d_])*")
_WORD_BEFORE = re.compile(r"(\S+)\s+\Z")
_LONGEST_WORD_BEFORE = 40


def goes_on(text: str, first: int, stop: int, following: int) -> bool:
    """Return whether a sentence goes on after a full stop, whatever Punkt says.

    The word with the full stop is from `first` up to `stop`; the text continues, after white space if that follows, at
    `following`.
    """
    word = text[first : stop - 1].lstrip(_OPENING)
    if following == stop:
        return word in _CONNECTIVE_FORMS and text[stop] in ":;,"
    after = text[following : following + 24]
    begin = after.lstrip(_OPENING)[:1]
    if word in _TITLE_FORMS:
        return begin.isalnum()
    if word in _CONNECTIVE_FORMS:
        return True
    if word in _REFERENCE_FORMS and _NUMBER.match(after):
        return True
    if word in _CAPITAL_REFERENCE_FORMS and _NUMBER_AFTER_A_WORD.match(after):
        return True
    if after[:1].islower() and (word.lower() in ABBREVIATIONS or (word.lower() in _BY and after.startswith("by "))):
        return True
    if word in _NAME_FORMS and begin.isupper() and not _is_starter(after):
        return True
    if word == "al":  # et al. (2005)
        return after[:1] in "([" or begin.isdigit()
    if begin.isupper() and _is_initial(word):
        before = _WORD_BEFORE.search(text, max(0, first - _LONGEST_WORD_BEFORE), first)
        if before is None:
            return not text[:first].strip() and not _is_starter(after)
        name = before[1].lstrip(_OPENING)
        return name.endswith(".") and (name[:-1] in _TITLE_FORMS or _is_initial(name[:-1]))
    return False


def _is_initial(word: str) -> bool:
    """Return whether a word without its last full stop is an initial or several: `A`, `J.R`, `J.-P`."""
    return len(word) < 8 and word[:1].isupper() and word.isupper() and (len(word) == 1 or _has_single_letters(word))


def _has_single_letters(word: str) -> bool:
    return all(len(part.strip("-")) == 1 and part.strip("-").isalpha() for part in word.split("."))


def _is_starter(text: str) -> bool:
    """Return whether a text begins with a word that usually begins a sentence."""
    return re.split(r"\W", text, maxsplit=1)[0].lower() in STARTERS


# What Unicode calls Sentence_Terminal (of version 17), without the marks of ASCII, the one dot leader, and the Burmese
# comma (U+104A); the Greek question mark and Tibetan shads are added.
_TERMINALS = (
    "\u037e\u0589\u061d-\u061f\u06d4\u0700-\u0702\u07f9\u0837\u0839\u083d\u083e\u0964\u0965\u0f0d\u0f0e\u104b\u1362"
    "\u1367\u1368\u166e\u1735\u1736\u17d4\u17d5\u1803\u1809\u1944\u1945\u1aa8-\u1aab\u1b4e\u1b4f\u1b5a\u1b5b"
    "\u1b5e\u1b5f\u1b7d-\u1b7f\u1c3b\u1c3c\u1c7e\u1c7f\u203c\u203d\u2047-\u2049\u2cf9-\u2cfb\u2e2e\u2e3c"
    "\u2e53\u2e54\u2e60\u2e61\u3002\ua4ff\ua60e\ua60f\ua6f3\ua6f7\ua876\ua877\ua8ce\ua8cf\ua92f\ua9c8\ua9c9"
    "\uaa5d-\uaa5f\uaaf0\uaaf1\uabeb\ufe12\ufe15\ufe16\ufe52\ufe56\ufe57\uff01\uff0e\uff1f\uff61"
    "\U00010a56\U00010a57\U00010f55-\U00010f59\U00010f86-\U00010f89\U00011047\U00011048\U000110be-\U000110c1"
    "\U00011141-\U00011143\U000111c5\U000111c6\U000111cd\U000111de\U000111df\U00011238\U00011239"
    "\U0001123b\U0001123c\U000112a9\U000113d4\U000113d5\U0001144b\U0001144c\U000115c2\U000115c3"
    "\U000115c9-\U000115d7\U00011641\U00011642\U0001173c-\U0001173e\U00011944\U00011946\U00011a42\U00011a43"
    "\U00011a9b\U00011a9c\U00011c41\U00011c42\U00011ef7\U00011ef8\U00011f43\U00011f44\U00016a6e\U00016a6f\U00016af5"
    "\U00016b37\U00016b38\U00016b44\U00016d6e\U00016d6f\U00016e98\U0001bc9f\U0001da88"
)
_CLOSING = "\"'”’»›)\\]}」』）］｝】〕〉》﹂﹄＂＇｣\u0f3b\u0f3d"
_GOING_ON = ",;:،؛、，；："
_TERMINAL = re.compile(f"[{_TERMINALS}]")
_OTHER_END = re.compile(
    f"[{_TERMINALS}][{_TERMINALS}.?!…\ufe0f]*+"
    f"(?:[{_CLOSING}]++(?![{_GOING_ON}\u3041-\u309f])|(?![{_CLOSING}{_GOING_ON}]))"  # 「行った。」と言った
    r"\s*"
)


def is_terminal(mark: str) -> bool:
    """Return whether a character is a mark of another script than Latin that ends sentences."""
    return _TERMINAL.fullmatch(mark) is not None


def further_starts(text: str) -> Iterator[int]:
    """Yield where a sentence starts after a mark of another script that ends one: `。`, `！`, `؟`, `।`.

    No white space need follow the mark. Closing quotes and brackets, and white space after them, belong to the sentence
    before. Starts that Punkt finds may be among them.
    """
    for end in _OTHER_END.finditer(text):
        if end.end() < len(text) and not (text[end.start()] in "．﹒" and _is_in_a_word(text, end)):
            yield end.end()


def _is_in_a_word(text: str, end: re.Match[str]) -> bool:
    """Return whether a full-width full stop stands in a number or a name, as in `３．５`, or after a number."""
    before = text[end.start() - 1 : end.start()]
    has_case = before.upper() != before.lower()
    return before.isdigit() or (has_case and end.end() == end.start() + 1)
