"""Tagging schemes: how labelled spans are written as one tag a token.

Everything here follows from one predicate, `may_follow`, in which the start and the end of a sentence are tags like
any other. IOB1 is Ramshaw and Marcus's (1995), IOB2 that of CoNLL-2002, IOBES that of Uchimoto et al. (2000).
"""
