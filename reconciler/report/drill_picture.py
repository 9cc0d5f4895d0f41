"""A drill as a picture: a chart for terminals, and an SVG that stands alone.

Both come from libraries that a drill does without: the extra ``drill``.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

from reconciler.drill import Drill
from reconciler.drill.timeline import BUCKET_S, Side

MISSING = "no chart: pip install 'reconcile[drill]' brings plotext and pygal"
_COLUMNS, _LINES = 98, 13


def can_plot() -> bool:
    """Say whether an SVG can be drawn here."""
    return find_spec("pygal") is not None


def drill_chart(found: Drill) -> str:
    """Give good answers over time as a chart of 98 columns, or why there is none."""
    if find_spec("plotext") is None:
        return MISSING
    import plotext  # noqa: PLC0415 - heavy, and only here

    plotext.clear_figure()
    plotext.theme("clear")
    plotext.limit_size(False, False)
    plotext.plotsize(_COLUMNS, _LINES)
    for name, side, marker in (("reads", found.reads, "r"), ("writes", found.writes, "w")):
        moments, counts = _curve(side)
        plotext.plot(moments, counts, marker=marker, label=name)
    if found.called_s is not None:
        plotext.vline(found.called_s)
    plotext.ylim(0, None)
    plotext.title("good answers in 0.1 s (r reads, w writes, | TestFailover)")
    drawn = plotext.uncolorize(plotext.build())
    return "\n".join(line.rstrip() for line in str(drawn).splitlines())


def drill_svg(found: Drill) -> str:
    """Give the same as an SVG: no script, no font and no picture from elsewhere."""
    import pygal  # noqa: PLC0415 - heavy, and only here
    from pygal.style import Style  # noqa: PLC0415

    # It leaves an import hook of Python 2's form, at which every later import would warn.
    sys.meta_path[:] = [
        one for one in sys.meta_path if not isinstance(one, pygal.PluginImportFixer)
    ]

    chart: Any = pygal.XY(
        js=[],
        dots_size=0.6,
        width=1100,
        height=480,
        legend_at_bottom=True,
        title=_title(found),
        x_title="seconds",
        y_title="good answers in 0.1 s",
        style=Style(font_family="sans-serif", background="white", plot_background="white"),
    )
    chart.add_xml_filter(_without_scripts)
    for name, side in (("reads", found.reads), ("writes", found.writes)):
        chart.add(name, list(zip(*_curve(side), strict=True)))
    if found.called_s is not None:
        highest = max(one.good for one in (*found.reads.buckets, *found.writes.buckets))
        chart.add("TestFailover", [(found.called_s, 0), (found.called_s, highest)])
    return str(chart.render(is_unicode=True))


def _curve(side: Side) -> tuple[list[float], list[int]]:
    counts = [one.good for one in side.buckets]
    return [round(place * BUCKET_S, 1) for place in range(len(counts))], counts


def _title(found: Drill) -> str:
    at = f"{found.began:%Y-%m-%d %H:%M:%S} UTC"
    return f"{found.aim.target.address} shard {found.aim.shard.id}, {at}"


def _without_scripts(tree: Any) -> Any:
    for parent in list(tree.iter()):
        for child in list(parent):
            if str(child.tag).endswith("script"):
                parent.remove(child)
    return tree
