/* SPDX-License-Identifier: MIT */
#include "netprobe/output/svg.h"

#include "../unit.h"

static void expect_text(const char *text, const char *wanted)
{
	struct strbuf out = {0}, whole = {0};

	svg_text(&out, 1, 2, SVG_FROM, SVG_PLAIN, text);
	strbuf_printf(&whole, "<text class=\"plain\" x=\"1\" y=\"2\">%s</text>\n", wanted);
	ck_assert_str_eq(out.text, whole.text);
	strbuf_release(&out);
	strbuf_release(&whole);
}

START_TEST(svg_text_is_escaped_for_xml)
{
	expect_text("a -> <b> & \"c\" 'd'", "a -&gt; &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
	expect_text("", "");
	expect_text("]]>", "]]&gt;");
}
END_TEST

/* XML has no way at all to write these. */
START_TEST(svg_text_spells_what_xml_does_not_allow)
{
	expect_text("\033[2J\a\n\177", "\\x1b[2J\\x07\\n\\x7f");
	expect_text("\xff\xc3", "\\xff\\xc3");
	expect_text("\xef\xbf\xbe\xef\xbf\xbf!", "\\xef\\xbf\\xbe\\xef\\xbf\\xbf!");
	expect_text("\xed\xa0\x80", "\\xed\\xa0\\x80");
}
END_TEST

START_TEST(svg_text_keeps_good_utf8)
{
	expect_text("äöü 日本 \xef\xbf\xbd", "äöü 日本 \xef\xbf\xbd");
}
END_TEST

START_TEST(svg_text_is_anchored)
{
	struct strbuf out = {0};

	svg_text(&out, 10, 20, SVG_AROUND, SVG_FAINT, "a");
	svg_text(&out, 10, 20, SVG_UP_TO, SVG_BAD, "b");
	ck_assert_str_eq(out.text,
		"<text class=\"faint\" x=\"10\" y=\"20\" text-anchor=\"middle\">a</text>\n"
		"<text class=\"bad\" x=\"10\" y=\"20\" text-anchor=\"end\">b</text>\n");
	strbuf_release(&out);
}
END_TEST

/* The shaft ends where the head begins. */
START_TEST(svg_arrows_point_to_where_they_end)
{
	struct strbuf out = {0};

	svg_arrow(&out, 10, 110, 5, SVG_PLAIN, false);
	ck_assert_str_eq(out.text, "<path class=\"plain line\" d=\"M10 5H101\"/>\n"
				   "<path class=\"plain\" d=\"M110 5l-9 -4v8z\"/>\n");
	strbuf_reset(&out);
	svg_arrow(&out, 110, 10, 5, SVG_GOOD, true);
	ck_assert_str_eq(out.text, "<path class=\"good line dashed\" d=\"M110 5H19\"/>\n"
				   "<path class=\"good\" d=\"M10 5l9 -4v8z\"/>\n");
	strbuf_release(&out);
}
END_TEST

START_TEST(svg_lines_and_dots)
{
	struct strbuf out = {0};

	svg_line(&out, 1, 2, 3, 4, SVG_FAINT);
	svg_dot(&out, 5, 6, SVG_BAD);
	ck_assert_str_eq(out.text, "<path class=\"faint line\" d=\"M1 2L3 4\"/>\n"
				   "<circle class=\"bad\" cx=\"5\" cy=\"6\" r=\"4\"/>\n");
	strbuf_release(&out);
}
END_TEST

START_TEST(svg_document_has_size_title_and_background)
{
	struct strbuf out = {0}, drawn = {0};

	strbuf_puts(&drawn, "<g/>\n");
	svg_document(&out, 300, 200, "a & b", &drawn);
	ck_assert_mem_eq(out.text,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"300\" "
		"height=\"200\" viewBox=\"0 0 300 200\">\n<title>a &amp; b</title>\n",
		strlen("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		       "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"300\" "
		       "height=\"200\" viewBox=\"0 0 300 200\">\n<title>a &amp; b</title>\n"));
	ck_assert_ptr_nonnull(strstr(out.text, "<rect width=\"100%\" height=\"100%\" rx=\"6\" "
					       "fill=\"#ffffff\"/>\n<g/>\n</svg>\n"));
	strbuf_release(&out);
	strbuf_release(&drawn);
}
END_TEST

/* Of nothing at all, too. */
START_TEST(svg_document_may_be_empty)
{
	struct strbuf out = {0}, drawn = {0};

	svg_document(&out, 1, 1, "", &drawn);
	ck_assert_ptr_nonnull(strstr(out.text, "<title></title>"));
	ck_assert_ptr_nonnull(strstr(out.text, "</svg>\n"));
	strbuf_release(&out);
}
END_TEST

UNIT_MAIN("output/svg", svg_text_is_escaped_for_xml, svg_text_spells_what_xml_does_not_allow,
	svg_text_keeps_good_utf8, svg_text_is_anchored, svg_arrows_point_to_where_they_end,
	svg_lines_and_dots, svg_document_has_size_title_and_background, svg_document_may_be_empty)
