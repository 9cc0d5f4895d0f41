"""Results -> text, JSON, Markdown. Pure: finished facts in, characters out."""
