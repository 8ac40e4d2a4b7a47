package decode

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// repairSeeds are documents with the faults that the repair knows.
var repairSeeds = []string{
	`<?xml version="1.1"?><!DOCTYPE a [<!ENTITY b "<c>">]><a b='1' c="2"><d/>x &amp; y &#146; &#xD83D;&#xDE00;<![CDATA[<&]]></a>`,
	`<a b=1 c d="<x>" e='1>y<f g="2"/></a>`, `<a b="1 c="2"/>`, "<a><b></c></a>", "<a><!-- -- --><? ?><!x></a>", "<a>]]> < &# &#x8;</a",
	"<a:b:c d:e:f=''/>", "<a\u00e9/>", "<\U0001f600/>", "<a><A></a></A>", "<x:a><a></x:a></a>", "<a xmlns:x='' x:x='1'/>", "\xff\xfe<\x00a\x00/\x00>\x00",
	"<a b=\"1 \xd5Ei\xb6\xe4\x96\xd7\bc=\"", "<a>\xe9\xe2\x80</a>", "<xml/>", "<?xml encoding='koi8-r'?>\xc1",
	"<?xml enco'=i-o>kr'?>", `<a b='1>x]]>y"<`, "&#&&#x8#x8;", "]&#x8]>",
}

// FuzzRepair checks that encoding/xml reads each repaired document up to its end, and that the repair does not change
// the tokens of a well-formed document.
func FuzzRepair(f *testing.F) {
	for _, s := range repairSeeds {
		f.Add(s)
	}
	f.Add("<" + strings.Repeat("u", maxName+1) + " a='b'/>")
	f.Fuzz(func(t *testing.T, doc string) {
		got, err := tokens(readXMLSource(t, doc))
		requireOnlyCutOff(t, err)
		want, err := strictTokens(doc)
		if err != nil || text(t, doc, "") != doc || hasWindows1252Reference(doc) {
			return
		}
		require.Equal(t, want, got)
	})
}

// readXMLSource returns what the decoder reads of a document.
func readXMLSource(t *testing.T, doc string) string {
	t.Helper()
	out, err := io.ReadAll(NewXMLSource(Text(strings.NewReader(doc), "")))
	require.NoError(t, err)
	require.True(t, utf8.Valid(out), "%q", out)
	return string(out)
}

// requireOnlyCutOff checks that an error of encoding/xml means that the end of the document is missing.
func requireOnlyCutOff(t *testing.T, err error) {
	t.Helper()
	if syntax := (*xml.SyntaxError)(nil); errors.As(err, &syntax) && strings.HasPrefix(syntax.Msg, "unexpected EOF") {
		return
	}
	require.NoError(t, err)
}

// strictTokens returns the tokens of a well-formed document, or an error for any other document. It refuses what only
// encoding/xml accepts, such as two roots.
func strictTokens(doc string) (all []xml.Token, err error) {
	dec := xml.NewDecoder(strings.NewReader(doc))
	dec.Entity = xml.HTMLEntity
	for depth, roots := 0, 0; ; {
		tok, err := dec.Token()
		if err != nil {
			return all, ignoreEOF(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if isLeafOrItem(tok.Name.Local) || hasLongName(tok) {
				return nil, errors.New("an element that the repair may change")
			}
			if depth == 0 {
				roots++
			}
			depth++
		case xml.EndElement:
			depth--
		case xml.ProcInst:
			if tok.Target == "xml" && bytes.ContainsRune(tok.Inst, '>') {
				return nil, errors.New("a declaration that is not allowed")
			}
		case xml.Directive:
			if roots > 0 || !bytes.HasPrefix(tok, []byte("DOCTYPE")) {
				return nil, errors.New("a directive that is not allowed here")
			}
		}
		if roots > 1 {
			return nil, errors.New("two roots")
		}
		all = appendToken(all, tok)
	}
}

// hasLongName reports whether a name of a tag is longer than the repair allows.
func hasLongName(tag xml.StartElement) bool {
	isLong := func(name xml.Name) bool { return len(name.Space)+len(":")+len(name.Local) > maxName }
	return isLong(tag.Name) || slices.ContainsFunc(tag.Attr, func(a xml.Attr) bool { return isLong(a.Name) })
}

func isLeafOrItem(name string) bool {
	name = strings.ToLower(name)
	return slices.Contains(leafElements, name) || name == "item" || name == "entry"
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// hasWindows1252Reference reports whether a document may have references that the repair changes, though XML allows
// them.
func hasWindows1252Reference(doc string) bool { return strings.Contains(doc, "&#") }

// FuzzText checks that any bytes become clean UTF-8, in blocks of any size, and that valid UTF-8 stays the same.
func FuzzText(f *testing.F) {
	for _, s := range repairSeeds {
		f.Add([]byte(s), "text/xml; charset=ISO-8859-1")
	}
	for _, label := range []string{"shift_jis", "gb18030", "iso-2022-jp", "koi8-r", "utf-16", "big5", "euc-kr"} {
		f.Add([]byte("caf\xe9 \x1b$B \x81\x30\x81\x30 \xc2\x85"), "text/xml; charset="+label)
	}
	for _, marks := range []string{"\xff\xfe\xff\xfe", "\ufeff\ufeff\ufeff<a/>"} {
		f.Add([]byte(marks), "")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		got := text(t, string(body), contentType)
		require.True(t, utf8.ValidString(got), "%q", got)
		require.False(t, strings.ContainsFunc(got, isForbidden), "%q", got)
		require.LessOrEqual(t, len(got), 4*len(body)+4)
		require.Equal(t, got, text(t, got+"\n", "")[:len(got)], "clean text is UTF-8")
	})
}
