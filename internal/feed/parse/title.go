package parse

import (
	"html"
	"strings"

	"golang.org/x/net/html/atom"

	"lastpost/internal/feed"
)

// cleanTitle makes one line of plain text of a title as gofeed hands it out, entities decoded once: RSS
// does not say whether a title is text or markup, and publishers do both. Markup is only what is
// certainly HTML, so that List<String>, a < b and AC<DC stay as they are; what is still an entity after
// that was escaped twice.
func cleanTitle(s string) string {
	if len(s) > feed.MaxTitle {
		s = strings.ToValidUTF8(s[:feed.MaxTitle], "")
	}
	return feed.OneLine(decodeEntities(stripTags(s)))
}

// stripTags removes comments, elements that HTML knows, and all of script and style.
func stripTags(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	var b strings.Builder
	for s != "" {
		text, rest, found := strings.Cut(s, "<")
		b.WriteString(text)
		if !found {
			break
		}
		n, block := markup("<" + rest)
		switch {
		case n == 0:
			b.WriteByte('<')
		case block:
			b.WriteByte(' ')
		}
		s = rest[max(n-1, 0):]
	}
	return b.String()
}

// markup is how many bytes of s, which begins with "<", are markup; 0 if none. block tells that the
// markup separates words.
func markup(s string) (n int, block bool) {
	if strings.HasPrefix(s, "<!--") {
		if end := strings.Index(s[4:], "-->"); end >= 0 {
			return 4 + end + 3, false
		}
		return 0, false
	}
	name, n := tag(s)
	if n == 0 {
		return 0, false
	}
	if name == atom.Script || name == atom.Style {
		n += hiddenText(s[n:], "</"+name.String())
	}
	return n, separates(name)
}

// tag reads the start or end tag that s begins with. Its length is 0 unless the name is one that HTML has
// and every attribute has a value: "<b and c>" is a comparison, not markup.
func tag(s string) (atom.Atom, int) {
	i := 1
	if strings.HasPrefix(s, "</") {
		i = 2
	}
	start := i
	for i < len(s) && isAlnum(s[i]) {
		i++
	}
	name := atom.Lookup([]byte(strings.ToLower(s[start:i])))
	if !isElement(name) {
		return 0, 0
	}
	end := attributes(s[i:])
	if end < 0 {
		return 0, 0
	}
	return name, i + end
}

// attributes is the length of a tag's rest, from behind its name through its ">"; negative if it is not
// one.
func attributes(s string) int {
	bare := false // an attribute's name was read, and no value yet
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '>':
			if bare {
				return -1
			}
			return i + 1
		case c == '<' || c == '&':
			return -1
		case c == '=':
			n := value(s[i+1:])
			if !bare || n < 0 {
				return -1
			}
			i += n
			bare = false
		case c != ' ' && c != '/' && c != '\t' && c != '\n' && c != '\r':
			if i == 0 {
				return -1 // the name goes on: "<b-side>"
			}
			bare = true
		}
	}
	return -1
}

// value is the length of an attribute's value; negative if it does not end.
func value(s string) int {
	trimmed := strings.TrimLeft(s, " \t\r\n")
	space := len(s) - len(trimmed)
	if trimmed == "" {
		return -1
	}
	if q := trimmed[:1]; q == `"` || q == `'` {
		end := strings.Index(trimmed[1:], q)
		if end < 0 {
			return -1
		}
		return space + end + 2
	}
	end := strings.IndexAny(trimmed, " \t\r\n>")
	if end < 0 {
		return -1
	}
	return space + end
}

// hiddenText is the length of a script or style through its end tag; 0 if it is never closed, as in a
// title about the <script> tag.
func hiddenText(s, closing string) int {
	at := strings.Index(strings.ToLower(s), closing)
	if at < 0 {
		return 0
	}
	end := strings.IndexByte(s[at:], '>')
	if end < 0 {
		return 0
	}
	return at + end + 1
}

// isElement tells the names of elements from the attributes' and events' names that atom knows too.
func isElement(a atom.Atom) bool {
	switch a {
	case atom.A, atom.Abbr, atom.Acronym, atom.Address, atom.Article, atom.Aside, atom.Audio, atom.B, atom.Bdi,
		atom.Bdo, atom.Big, atom.Blink, atom.Blockquote, atom.Body, atom.Br, atom.Button, atom.Canvas, atom.Caption,
		atom.Center, atom.Cite, atom.Code, atom.Data, atom.Dd, atom.Del, atom.Details, atom.Dfn, atom.Dir, atom.Div,
		atom.Dl, atom.Dt, atom.Em, atom.Embed, atom.Figcaption, atom.Figure, atom.Font, atom.Footer, atom.Form,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Head, atom.Header, atom.Hr, atom.Html, atom.I,
		atom.Iframe, atom.Img, atom.Input, atom.Ins, atom.Kbd, atom.Label, atom.Li, atom.Link, atom.Main, atom.Map,
		atom.Mark, atom.Marquee, atom.Math, atom.Meta, atom.Nav, atom.Nobr, atom.Noscript, atom.Object, atom.Ol,
		atom.P, atom.Picture, atom.Pre, atom.Q, atom.Rp, atom.Rt, atom.Ruby, atom.S, atom.Samp, atom.Script,
		atom.Section, atom.Select, atom.Small, atom.Source, atom.Span, atom.Strike, atom.Strong, atom.Style,
		atom.Sub, atom.Summary, atom.Sup, atom.Svg, atom.Table, atom.Tbody, atom.Td, atom.Template, atom.Textarea,
		atom.Tfoot, atom.Th, atom.Thead, atom.Time, atom.Title, atom.Tr, atom.Tt, atom.U, atom.Ul, atom.Var,
		atom.Video, atom.Wbr:
		return true
	}
	return false
}

// separates tells the elements that stand between words from those that stand within them.
func separates(a atom.Atom) bool {
	switch a {
	case atom.Br, atom.P, atom.Div, atom.Hr, atom.Li, atom.Ul, atom.Ol, atom.Td, atom.Th, atom.Tr, atom.Table,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote, atom.Section, atom.Article,
		atom.Header, atom.Footer, atom.Figure, atom.Figcaption, atom.Img, atom.Script, atom.Style:
		return true
	}
	return false
}

// decodeEntities decodes entities that end in a semicolon. HTML's older rule, by which "&not" needs none,
// would spoil text that was escaped properly.
func decodeEntities(s string) string {
	const longest = 33 // &CounterClockwiseContourIntegral;
	var b strings.Builder
	for {
		text, rest, found := strings.Cut(s, "&")
		b.WriteString(text)
		if !found {
			return b.String()
		}
		n := 0
		for n < len(rest) && n < longest && (isAlnum(rest[n]) || rest[n] == '#') {
			n++
		}
		decoded := "&"
		if n > 0 && n < len(rest) && rest[n] == ';' {
			d := html.UnescapeString("&" + rest[:n+1])
			if !strings.HasSuffix(d, ";") || d == ";" {
				decoded, rest = d, rest[n+1:]
			}
		}
		b.WriteString(decoded)
		s = rest
	}
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
