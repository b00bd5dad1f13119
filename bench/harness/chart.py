"""An SVG chart: logins per second of returning users, a panel for each database."""

from html import escape

COLOURS = ["#0969da", "#1a7f37", "#bf8700", "#8250df", "#cf222e", "#57606a"]
WIDTH, PANEL, TOP, LEFT, PLOT = 900, 300, 50, 70, 200


def chart(results):
    groups = [group for group in results.groups() if group[1] == "returning"]
    databases = list(dict.fromkeys(group[0] for group in groups))
    names = list(dict.fromkeys(group[3] for group in groups))
    colours = {name: COLOURS[at % len(COLOURS)] for at, name in enumerate(names)}
    parts = []
    for at, database in enumerate(databases):
        of_database = [group for group in groups if group[0] == database]
        parts += panel(results, database, of_database, colours, at * PANEL)
    height = PANEL * len(databases)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" font-family="sans-serif" font-size="12" fill="#1f2328">'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>' + "".join(parts) + "</svg>\n"
    )


def panel(results, database, groups, colours, top):
    rates = {group[2:]: results.values(group, "rate") for group in groups}
    levels = sorted({level for level, _ in rates})
    names = list(dict.fromkeys(name for _, name in rates))
    highest = max(max(values) for values in rates.values())
    bottom, step = top + TOP + PLOT, (WIDTH - LEFT - 20) / len(levels)
    bar = step * 0.8 / len(names)

    def y(rate):
        return bottom - PLOT * rate / highest

    yield text(LEFT, top + 18, f"{database}: returning users, logins/s by connections (median, spread)",
               weight="bold")
    for at, name in enumerate(names):
        x = LEFT + at * 170
        yield rectangle(x, top + 27, 10, 10, colours[name]) + text(x + 15, top + 36, name)
    for tick in range(5):
        rate = highest * tick / 4
        yield line(LEFT, y(rate), WIDTH - 20, y(rate), "#d0d7de")
        yield text(LEFT - 8, y(rate) + 4, f"{rate:,.0f}", anchor="end")
    for at, level in enumerate(levels):
        begin = LEFT + at * step + step * 0.1
        yield text(begin + step * 0.4, bottom + 18, level, anchor="middle")
        for place, name in enumerate(names):
            values = sorted(rates.get((level, name), []))
            if values:
                middle, x = results.middle((database, "returning", level, name), "rate"), begin + place * bar
                yield rectangle(x, y(middle), bar * 0.9, bottom - y(middle), colours[name])
                centre = x + bar * 0.45
                yield line(centre, y(values[0]), centre, y(values[-1]), "#1f2328")
                yield text(centre, y(values[-1]) - 4, f"{middle:,.0f}", anchor="middle", size=10)


def rectangle(x, y, width, height, colour):
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def line(x1, y1, x2, y2, colour):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def text(x, y, content, anchor="start", weight="normal", size=12):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" '
        f'font-size="{size}">{escape(str(content))}</text>'
    )
