package decode

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/htmlindex"
)

// text returns the text of a body.
func text(t testing.TB, body, contentType string) string {
	t.Helper()
	out, err := io.ReadAll(Text(strings.NewReader(body), contentType))
	require.NoError(t, err)
	return string(out)
}

// encoded returns s in an encoding.
func encoded(t testing.TB, name, s string) string {
	t.Helper()
	enc, err := htmlindex.Get(name)
	require.NoError(t, err)
	out, err := enc.NewEncoder().String(s)
	require.NoError(t, err)
	return out
}

func declared(name string) string { return `<?xml version="1.0" encoding="` + name + `"?>` }

func TestText(t *testing.T) {
	const latin, utf8 = "text/xml; charset=ISO-8859-1", "text/xml; charset=utf-8"
	russian, japanese := "Привет, мир", "日本語の文章"
	ascii := strings.Repeat("<p>five million bytes</p>\n", 200_000)
	for _, c := range []struct{ claim, contentType, body, want string }{
		{"UTF-8 with a label of Latin 1", latin, declared("utf-8") + "Don’t panic", declared("utf-8") + "Don’t panic"},
		{"UTF-8 that declares Latin 1", "", declared("ISO-8859-1") + "Don’t panic", declared("ISO-8859-1") + "Don’t panic"},
		{"UTF-8 that declares Shift JIS", "", declared("Shift_JIS") + japanese, declared("Shift_JIS") + japanese},
		{"UTF-8 with a label of UTF-16", "text/xml; charset=utf-16", "Don’t panic", "Don’t panic"},
		{"UTF-8 after 5 MB of ASCII, with a label of Latin 1", latin, ascii + "Don’t panic", ascii + "Don’t panic"},
		{"Latin 1 after 5 MB of ASCII", latin, ascii + "Caf\xe9", ascii + "Café"},
		{"one broken byte in UTF-8 with a label of Latin 1", latin, "Größe, Café \xe9 naïve", "Größe, Café é naïve"},
		{"a broken byte in UTF-8 with a label of koi8-r", "text/xml; charset=koi8-r", russian + " \xff " + russian, russian + " Ъ " + russian},
		{"a character of UTF-8 that is cut off", "", "Größe, Caf\xe2\x80", "Größe, Caf"},
		{"Windows-1252 whose bytes are like UTF-8 that is cut off", "", declared("windows-1252") + "\x93Caf\xe9\x94", declared("windows-1252") + "“Café”"},
		{"koi8-r with a label of UTF-8", utf8, declared("koi8-r") + encoded(t, "koi8-r", russian), declared("koi8-r") + russian},
		{"koi8-r with a label of Latin 1", latin, declared("koi8-r") + encoded(t, "koi8-r", russian), declared("koi8-r") + russian},
		{"windows-1251 in the label, Latin 1 in the declaration", "text/xml; charset=windows-1251", declared("ISO-8859-1") + encoded(t, "windows-1251", russian), declared("ISO-8859-1") + russian},
		{"a declaration after a blank line and text", "", "\n Notice \n" + declared("koi8-r") + encoded(t, "koi8-r", russian), "\n Notice \n" + declared("koi8-r") + russian},
		{"GBK, longer than a block", "", declared("gb2312") + encoded(t, "gbk", strings.Repeat("中文 ", 50_000)), declared("gb2312") + strings.Repeat("中文 ", 50_000)},
		{"ISO-2022-JP", "text/xml; charset=iso-2022-jp", encoded(t, "iso-2022-jp", strings.Repeat(japanese+"\n", 9_000)), strings.Repeat(japanese+"\n", 9_000)},
		{"UTF-8 without spaces, longer than a block", latin, strings.Repeat("長", 50_000), strings.Repeat("長", 50_000)},
		{"an unknown label", "text/xml; charset=klingon", "Caf\xe9", "Café"},
		{"an unknown label and a known declaration", "text/xml; charset=klingon", declared("koi8-r") + encoded(t, "koi8-r", russian), declared("koi8-r") + russian},
		{"a label with quotes and another spelling", "text/xml; charset='latin-1'", "Caf\xe9", "Café"},
		{"a Content-Type with two labels", "text/xml; charset=koi8-r; charset=utf-8", encoded(t, "koi8-r", russian), russian},
		{"a label after a colon", "text/xml; charset:KOI8-R;", encoded(t, "koi8-r", russian), russian},
		{"an encoding that browsers refuse", "text/xml; charset=hz-gb-2312", "Caf\xe9", "Café"},
		{"the control characters of Windows-1252 in Latin 1", latin, "don\x92t \x85", "don’t …"},
		{"Windows-1252 that was converted to UTF-8 as Latin 1", "", "don\u0092t \u0085 \u0081.", "don’t … ."},
		{"a cut character", "", "Don’t bod\xe2\x80</b>", "Don’t bod</b>"},
		{"control characters", "", "a\x00\x01\x0b\x1f\x7f\ufffe\uffffb\tc\r\n", "ab\tc\r\n"},
		{"UTF-8 with a byte order mark", latin, "\xef\xbb\xbfCafé", "Café"},
		{"UTF-8 with two byte order marks", latin, "\xef\xbb\xbf\xef\xbb\xbfCafé", "Café"},
		{"UTF-16 with two byte order marks", "", "\xff\xfe\xff\xfe" + encoded(t, "utf-16le", "日本"), "日本"},
		{"UTF-16 with a byte order mark", utf8, "\xff\xfe" + encoded(t, "utf-16le", "日本 😀"), "日本 😀"},
		{"UTF-16 in the other order", "", "\xfe\xff" + encoded(t, "utf-16be", "日本 😀"), "日本 😀"},
		{"UTF-16 without a mark", "", encoded(t, "utf-16be", "<a>日本"), "<a>日本"},
		{"UTF-16 without a mark, in JSON", "", encoded(t, "utf-16le", `{"a":"日本"}`), `{"a":"日本"}`},
		{"UTF-32 with a byte order mark", "", "\x00\x00\xfe\xff\x00\x00\x00<\x00\x01\xf6\x00", "<😀"},
		{"UTF-32 in the other order", "", "\xff\xfe\x00\x00<\x00\x00\x00\x00\xf6\x01\x00", "<😀"},
		{"UTF-32 without a mark", "", "<\x00\x00\x00\x00\xf6\x01\x00", "<😀"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			got := text(t, c.body, c.contentType)
			require.True(t, c.want == got, "%.200q", got) // Equal would print megabytes
		})
	}
}

func TestTextReturnsTheErrorAfterTheText(t *testing.T) {
	body := io.MultiReader(strings.NewReader("Caf\xe9"), iotest.ErrReader(io.ErrClosedPipe))
	out, err := io.ReadAll(Text(iotest.OneByteReader(body), ""))
	require.ErrorIs(t, err, io.ErrClosedPipe)
	require.Equal(t, "Café", string(out))
}

// repaired returns the repaired form of a document.
func repaired(t testing.TB, doc string) string {
	t.Helper()
	r := repairer{src: Text(strings.NewReader(doc), "")}
	var out []byte
	for {
		b, err := r.ReadByte()
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			return string(out)
		}
		out = append(out, b)
	}
}

func TestRepair(t *testing.T) {
	for _, c := range []struct{ claim, doc, want string }{
		{"a well-formed document", `<a b="1" c='"'>x &amp; y<d/><![CDATA[&#8;<]]></a>`, `<a b="1" c='"'>x &amp; y<d/><![CDATA[&#8;<]]></a>`},
		{"a reference to a control character", "<a b='x&#8;y'>Dill&#x8; &#x1F;&#0;&#00031;&#xFFFE;&#xffff;&#127;&#x110000;&#99999999999;z</a>", "<a b='xy'>Dill z</a>"},
		{"a reference in CDATA stays", "<a><![CDATA[&#8; &#146; &]]></a>", "<a><![CDATA[&#8; &#146; &]]></a>"},
		{"references of Windows-1252", "<a b='&#150;'>don&#146;t &#x92; &#X85; &#129;</a>", "<a b='&#8211;'>don&#8217;t &#8217; &#8230; </a>"},
		{"a surrogate pair", "<a b='&#xD83D;&#xDE00;'>&#55357;&#56832;</a>", "<a b='&#128512;'>&#128512;</a>"},
		{"half of a surrogate pair", "<a>x&#xD83D;y&#xDE00;&#xDE00;&#xD83D;&#65;</a>", "<a>xy&#65;</a>"},
		{"a reference without a semicolon", "<a>don&#146t &#8230 &#; &#x; &# &#xg;</a>", "<a>don&#8217;t &#8230; &amp;#; &amp;#x; &amp;# &amp;#xg;</a>"},
		{"XML 1.1", "<?xml version='1.1'?><a/>", "<!----><a/>"},
		{"a declaration without its question mark", "<?xml version='1.0' ><a>?></a>", "<!----><a>?></a>"},
		{"instructions", "<?php echo '<b>' ?><?xml-style > ?><a>x<?= 1 ?>y</a>", "<!----><!----><a>x<!---->y</a>"},
		{"the start of an instruction in the text", "<a>PHP's <? tag and <?xml too</a>", "<a>PHP's &lt;? tag and &lt;?xml too</a>"},
		{"comments", "<a>1<!-- a -- b --- --->2<!---->3<!-- <b> --></a>", "<a>1<!---->2<!---->3<!----></a>"},
		{"a doctype", `<!DOCTYPE rss [<!-- don't > --><!ENTITY a "<b>]>">]><a/>`, "<!----><a/>"},
		{"a directive in the text", "<a>x<![if IE]>y<!endif>z<!element</a>", "<a>x<!---->y<!---->z<!----></a>"},
		{"an attribute without quotes", "<a b=2.0 c=http://x/y?a=1&b=2/><d e=f'g\"/>", `<a b="2.0" c="http://x/y?a=1&amp;b=2"/><d e="fg"/>`},
		{"an attribute without a value", "<a b c = '1' d></a>", `<a b="b" c='1' d="d"></a>`},
		{"attributes without a space between them", "<a b='1'c='2'/>", "<a b='1' c='2'/>"},
		{"other bytes in a tag", "<a , b='1' ; / \ufeff \"c\" =2 />", `<a b='1' x="x" c="c"/>`},
		{"a less-than sign in an attribute", "<a b='<i>x</i> & y'/>", "<a b='&lt;i>x&lt;/i> &amp; y'/>"},
		{"an attribute without its end quote", `<a b="1>x<c d="2"/></a>`, `<a b="1">x<c d="2"/></a>`},
		{"a dropped reference inside another", `<a b="&#&#8;8;">&#&#8;8; &am&#8;p; &</a>`, `<a b="&amp;#8;">&amp;#8; &amp;amp; &amp;</a>`},
		{"a dropped reference inside the end of CDATA", "<a>]&#8;]> ]]&#8;> ]&#8;]&#8;></a>", "<a>]&#93;> ]]&gt; ]&#93;&gt;</a>"},
		{"the end of CDATA after an attribute without its end quote", `<a b="1>x]]>y<c d="2"/></a>`, `<a b="1">x]]&gt;y<c d="2"/></a>`},
		{"a self-closing tag without an end quote", `<a><e b="1/>x<c d="2"/></a>`, `<a><e b="1"/>x<c d="2"/></a>`},
		{"an end quote that is missing before the next attribute", `<a b="1 c="2" d="3"/>`, `<a b="1" c="2" d="3"/>`},
		{"a word that is not a name before a quote", `<a b="1 c€="2" d="3"/>`, `<a b="1 c€=" d="3"/>`},
		{"a word with two colons before a quote", `<a b="1 x:y:z="2" d="3"/>`, `<a b="1 x:y:z=" d="3"/>`},
		{"two end quotes that are missing", `<a b='1 c='2 d='3'/>`, `<a b='1' c='2' d='3'/>`},
		{"a value that ends like an attribute", `<a b="1 c=" d="2"/>`, `<a b="1 c=" d="2"/>`},
		{"a tag without its end", "<a><b c='1'<d></d></b></a", "<a><b c='1'><d></d></b></a>"},
		{"a name with two colons", "<a:b:c d:e:f='1'></a:b:c>", "<a:bc d:ef='1'></a:bc>"},
		{"a name that XML does not allow", "<a😀 é='1'></a😀>", "<ax é='1'></ax>"},
		{"a less-than sign in the text", "<a>1 < 2 <3 <- <= << </ > <! b</a>", "<a>1 &lt; 2 &lt;3 &lt;- &lt;= &lt;&lt; &lt;/ > &lt;! b</a>"},
		{"the end of CDATA in the text", "<a>x]]>y]]</a>", "<a>x]]&gt;y]]</a>"},
		{"CDATA in CDATA", "<a><![CDATA[x<![CDATA[y]]>z]]></a>", "<a><![CDATA[x<![CDATA[y]]>z]]&gt;</a>"},
		{"CDATA in lower case", "<a><![cdata[<]]></a>", "<a><![CDATA[<]]></a>"},
		{"an end tag without a start tag", "<a>x</b>y</a>", "<a>xy</a>"},
		{"elements that overlap", "<a><b><i>x</b>y</i></a>", "<a><b><i>x</i></b>y</a>"},
		{"an end tag in another case", "<a><Title>x</title></A>", "<a><Title>x</Title></a>"},
		{"an end tag with attributes", "<a></a b='1'>", "<a></a>"},
		{"an element that cannot contain others", "<a><x:link b='1'><c>1<br>2<br>3</c><guid>4<Link>5<d/></a>", "<a><x:link b='1'></x:link><c>1<br>2</br><br>3</br></c><guid>4</guid><Link>5</Link><d/></a>"},
		{"an item without an end tag", "<a><item><b>1</b><item><c><item>2</item></c></item></a>", "<a><item><b>1</b></item><item><c><item>2</item></c></item></a>"},
		{"the last end tag is not complete", "<a><b>1</b></a\n", "<a><b>1</b></a>"},
		{"an end tag of another prefix", "<a><x:b>1</b></x:b></a>", "<a><x:b>1</x:b></a>"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			got := repaired(t, c.doc)
			require.Equal(t, c.want, got)
			_, err := tokens(got)
			require.NoError(t, err)
		})
	}
}

// TestRepairIsLinear would take hours if the time of a repair grew with the square of the length.
func TestRepairIsLinear(t *testing.T) {
	for _, part := range []string{
		"<", "<a", "<a>", "<a:b c='", "</a>", "<b></a>", "&#", "&#x0000000000", "<!", "<!-", "<!--", "<![", "<?", "<? ", "]", "]]>", "'", "<a b='x c='",
		"<a b='>", "<a b='1>2<c '>", "<a b=", "<a/", "<\u00e9", "<\U0001f600>", "\xff", "<!DOCTYPE a [", "<link>", "<item>", "<![CDATA[", "=", "\"",
	} {
		out, err := io.ReadAll(NewXMLSource(Text(strings.NewReader("<r>"+strings.Repeat(part, 100_000)), "")))
		if err != nil {
			require.ErrorContains(t, err, "has a tag of more than 64 KiB", part)
		}
		require.LessOrEqual(t, len(out), 20*100_000*len(part), part)
	}
}

func TestRepairRefusesALongTag(t *testing.T) {
	for _, doc := range []string{
		"<a " + strings.Repeat("b='' ", MaxToken), "<a b='" + strings.Repeat("x", 3*MaxToken), "<a b=" + strings.Repeat("x", 3*MaxToken),
	} {
		_, err := io.ReadAll(NewXMLSource(Text(strings.NewReader(doc), "")))
		require.ErrorContains(t, err, "has a tag of more than 64 KiB")
	}
}

// tokens returns the tokens of a document as package parse reads them. Adjacent texts are one token.
func tokens(doc string) (all []xml.Token, err error) {
	dec := xml.NewDecoder(strings.NewReader(doc))
	dec.Strict = false
	dec.Entity = xml.HTMLEntity
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = appendToken(all, tok)
	}
}

// appendToken appends an element or a text.
func appendToken(all []xml.Token, tok xml.Token) []xml.Token {
	switch tok := xml.CopyToken(tok).(type) {
	case xml.Comment, xml.ProcInst, xml.Directive:
		return all
	case xml.CharData:
		if last, ok := lastToken(all).(xml.CharData); ok {
			all[len(all)-1] = append(last, tok...)
			return all
		}
		return append(all, tok)
	default:
		return append(all, tok)
	}
}

func lastToken(all []xml.Token) xml.Token {
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

func TestJoinSurrogates(t *testing.T) {
	for html, want := range map[string]string{
		"<p>a &#xD83D;&#xDE00; b</p>":         "<p>a 😀 b</p>",
		"&#55357;&#56832;&#x0d83d;&#X00DE00;": "😀😀",
		"&#xD83D; &#xDE00;":                   "&#xD83D; &#xDE00;",
		"&#xDE00;&#xD83D;":                    "&#xDE00;&#xD83D;",
		"&#55000;&#57999;&#128512;":           "&#55000;&#57999;&#128512;",
		"a &amp; b":                           "a &amp; b",
	} {
		require.Equal(t, want, JoinSurrogates(html))
	}
}
