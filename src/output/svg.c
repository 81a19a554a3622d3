/* SPDX-License-Identifier: MIT */
#include "netprobe/output/svg.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/text.h"

enum { HEAD_LENGTH = 9, HEAD_HALF = 4, DOT = 4 };

static const char *const inks[SVG_INKS] = {"plain", "faint", "good", "bad"};

/* ---- escaping */

/* What XML does not allow although it is good UTF-8 (1.0, 2.2): U+FFFE and U+FFFF. */
static bool is_noncharacter(const unsigned char *p, size_t left)
{
	return left >= 3 && p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe;
}

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void add_text(struct strbuf *out, const char *text)
{
	struct strbuf plain = {0};

	text_escape(&plain, text, strlen(text));
	for (size_t i = 0; i < plain.len; i++) {
		const unsigned char *p = (const unsigned char *)plain.text + i;
		const char *instead = entity(plain.text[i]);

		if (instead) {
			strbuf_puts(out, instead);
		} else if (is_noncharacter(p, plain.len - i)) {
			strbuf_printf(out, "\\x%02x\\x%02x\\x%02x", p[0], p[1], p[2]);
			i += 2;
		} else {
			strbuf_putc(out, plain.text[i]);
		}
	}
	strbuf_release(&plain);
}

/* ---- drawing */

void svg_text(struct strbuf *out, int x, int y, enum svg_anchor anchor, enum svg_ink ink,
	const char *text)
{
	static const char *const anchors[] = {
		[SVG_FROM] = "",
		[SVG_AROUND] = " text-anchor=\"middle\"",
		[SVG_UP_TO] = " text-anchor=\"end\"",
	};

	strbuf_printf(
		out, "<text class=\"%s\" x=\"%d\" y=\"%d\"%s>", inks[ink], x, y, anchors[anchor]);
	add_text(out, text);
	strbuf_puts(out, "</text>\n");
}

void svg_line(struct strbuf *out, int x1, int y1, int x2, int y2, enum svg_ink ink)
{
	strbuf_printf(
		out, "<path class=\"%s line\" d=\"M%d %dL%d %d\"/>\n", inks[ink], x1, y1, x2, y2);
}

void svg_arrow(struct strbuf *out, int x1, int x2, int y, enum svg_ink ink, bool dashed)
{
	int back = x2 > x1 ? -HEAD_LENGTH : HEAD_LENGTH;

	strbuf_printf(out, "<path class=\"%s line%s\" d=\"M%d %dH%d\"/>\n", inks[ink],
		dashed ? " dashed" : "", x1, y, x2 + back);
	strbuf_printf(out, "<path class=\"%s\" d=\"M%d %dl%d %dv%dz\"/>\n", inks[ink], x2, y, back,
		-HEAD_HALF, 2 * HEAD_HALF);
}

void svg_dot(struct strbuf *out, int x, int y, enum svg_ink ink)
{
	strbuf_printf(
		out, "<circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"%d\"/>\n", inks[ink], x, y, DOT);
}

/* ---- the document */

static const char style[] =
	"<style>\n"
	"text{font:13px \"DejaVu Sans Mono\",Menlo,Consolas,monospace;white-space:pre}\n"
	"text,path,circle{fill:currentColor}\n"
	".line{fill:none;stroke:currentColor;stroke-width:1.3}\n"
	".dashed{stroke-dasharray:3 4}\n"
	".plain{color:#1f2328}\n"
	".faint{color:#59636e}\n"
	".good{color:#116329}\n"
	".bad{color:#a40e26}\n"
	"</style>\n";

void svg_document(
	struct strbuf *out, int width, int height, const char *title, const struct strbuf *drawn)
{
	strbuf_printf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\">\n<title>",
		width, height, width, height);
	add_text(out, title);
	strbuf_puts(out, "</title>\n");
	strbuf_puts(out, style);
	strbuf_puts(out, "<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#ffffff\"/>\n");
	strbuf_add(out, drawn->text, drawn->len);
	strbuf_puts(out, "</svg>\n");
}
