"""What a channel pattern without a reset before it means.

A user starts with every channel (``acl-pubsub-default``), and an engine takes no pattern after
that. What the service does is not known; here the pattern stands in place of the default.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_SAYS_IT_ITSELF = frozenset({"allchannels", "&*", "resetchannels"})


def in_place_of_default(words: Iterable[str]) -> Iterator[str]:
    """Give the words with ``resetchannels`` before the first channel pattern of each selector.

    The root is one of them. Where channels were named in another way before, nothing is added.
    """
    said_in_root = said_in_selector = in_selector = False
    for word in words:
        opens = not in_selector and word.startswith("(")
        if opens:
            in_selector, said_in_selector = True, False
        bare = word[1:] if opens else word
        names_channel = bare.startswith("&") or bare.rstrip(")").lower() in _SAYS_IT_ITSELF
        said = said_in_selector if in_selector else said_in_root
        if names_channel and not said and bare.rstrip(")").lower() not in _SAYS_IT_ITSELF:
            yield "(resetchannels" if opens else "resetchannels"
            yield bare
        else:
            yield word
        if in_selector:
            said_in_selector |= names_channel
            in_selector = not word.endswith(")")
        else:
            said_in_root |= names_channel
