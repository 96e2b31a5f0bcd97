"""Where sentences start, by NLTK's Punkt (Kiss and Strunk 2006): with its English model, or without any download."""

import logging
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nltk.tokenize.punkt import PunktSentenceTokenizer

# What Punkt knows where its own model is not installed: common English abbreviations, as it writes them (in small
# letters, without the last full stop), and words that start a sentence even after one of them.
# Such as are words too ("art.", "miss.", "ill.") are left out: more sentences end in them than not.
ABBREVIATIONS = """
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
STARTERS = """
    he she it they we i you this that these those there here the a an
    but and so then however although though while when if since after before in on at by for
    yes what who where why how my his her our their its let
""".split()  # noqa: SIM905


def sentence_starts(text: str) -> list[int]:
    """Where each sentence of a paragraph starts: characters that are not white space; none in a blank text."""
    return [first for first, last in tokenizer().span_tokenize(text)]


@cache
def tokenizer() -> "PunktSentenceTokenizer":
    """Punkt with its English model; where that is not installed, with what this module knows, and a line to say so."""
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer, PunktTokenizer

    try:
        punkt = PunktTokenizer("english")
    except LookupError:
        logging.getLogger(__name__).warning(
            "Punkt's English model is not installed, so sentences are split by a short list of abbreviations; "
            "python -m nltk.downloader punkt_tab installs it"
        )
        parameters = PunktParameters()
        parameters.abbrev_types.update(ABBREVIATIONS)
        parameters.sent_starters.update(STARTERS)
        punkt = PunktSentenceTokenizer(parameters)
    punkt._params.ortho_context = Zeros(punkt._params.ortho_context)
    return punkt


class Zeros(dict[str, int]):
    """Nothing is known of a word that is not there. Punkt's defaultdict would keep each word that it is asked about."""

    def __missing__(self, key: str) -> int:
        return 0
