package trace

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lastpost/internal/redact"
)

// Limits of the parsed parts of a page.
const (
	maxReadable = 1 << 20
	maxLinks    = 500
	maxText     = 2 << 10
)

// A ParsedPage contains the title and visible text of an HTML document, and its forms, links and scripts. The proxy
// examines these to decide whether the page works at the proxy's address.
type ParsedPage struct {
	Title, Text string
	Forms       []PageForm
	Links       []PageLink
	Script      string // inline scripts
}

// A PageForm is a form with the names and types of its fields. It does not contain their values.
type PageForm struct {
	Method, Action string
	Fields         []string
}

// A PageLink is the target of an element, such as "form action" or "script src".
type PageLink struct{ Element, URL string }

// ParsePage parses an HTML document. It ignores the parts beyond the limits, and everything after a syntax error.
func ParsePage(document []byte) *ParsedPage {
	p := &ParsedPage{}
	var text, script strings.Builder
	inside, hidden := atom.Atom(0), hiddenElement{} // inside is the current element if its text is raw, otherwise 0
	tokens := html.NewTokenizer(bytes.NewReader(document))
	for {
		switch kind := tokens.Next(); kind {
		case html.ErrorToken:
			p.Text, p.Script = clipText(text.String()), script.String()
			return p
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			p.addElement(token)
			hidden.open(token)
			if isRawElement(token.DataAtom) {
				inside = token.DataAtom
			}
		case html.EndTagToken:
			token := tokens.Token()
			hidden.close(token)
			if token.DataAtom == inside {
				inside = 0
			}
		case html.TextToken:
			data := tokens.Token().Data
			if hidden.depth == 0 || inside != 0 {
				p.addText(data, inside, &text, &script)
			}
		}
	}
}

// isRawElement reports whether an element's text is raw, and not part of the page's visible text.
func isRawElement(a atom.Atom) bool {
	return a == atom.Script || a == atom.Style || a == atom.Title || a == atom.Textarea
}

// A hiddenElement is the outermost open element whose text is not visible, such as a template for messages that a script
// shows later.
type hiddenElement struct {
	name  atom.Atom
	depth int // number of open elements with this name; 0: no element is hidden
}

func (h *hiddenElement) open(t html.Token) {
	switch {
	case h.depth > 0 && t.DataAtom == h.name && t.Type == html.StartTagToken:
		h.depth++
	case h.depth == 0 && isHidden(t) && t.Type == html.StartTagToken:
		h.name, h.depth = t.DataAtom, 1
	}
}

func (h *hiddenElement) close(t html.Token) {
	if h.depth > 0 && t.DataAtom == h.name {
		h.depth--
	}
}

var hiddenStyle = regexp.MustCompile(`(?i)display\s*:\s*none|visibility\s*:\s*hidden`)

// isHidden reports whether a browser with scripts hides an element. It does not know style sheets, and ignores elements
// whose end tag is optional.
func isHidden(t html.Token) bool {
	switch t.DataAtom {
	case atom.Template, atom.Noscript:
		return true
	case 0, atom.Input, atom.Img, atom.Br, atom.Hr, atom.Meta, atom.Link, atom.Area, atom.Base, atom.Col, atom.Embed, atom.Source,
		atom.Track, atom.Wbr, atom.Html, atom.Body, atom.P, atom.Li:
		return false
	}
	for _, a := range t.Attr {
		if a.Key == "hidden" && a.Val != "until-found" || a.Key == "aria-hidden" && a.Val == "true" ||
			a.Key == "style" && hiddenStyle.MatchString(a.Val) {
			return true
		}
	}
	return false
}

func (p *ParsedPage) addText(data string, inside atom.Atom, text, script *strings.Builder) {
	switch inside {
	case atom.Script:
		script.WriteString(data)
	case atom.Title:
		p.Title = clipText(data)
	case 0:
		if words := strings.Join(strings.Fields(data), " "); words != "" && text.Len() < 4*maxText {
			text.WriteString(words + " ")
		}
	}
}

// addElement records a form, a field, or an element's target.
func (p *ParsedPage) addElement(t html.Token) {
	attr := map[string]string{}
	for _, a := range t.Attr {
		attr[a.Key] = a.Val
	}
	switch t.DataAtom {
	case atom.Form:
		p.Forms = append(p.Forms, PageForm{Method: strings.ToUpper(attr["method"]), Action: attr["action"]})
		p.AddLink("form action", attr["action"])
	case atom.Input, atom.Select, atom.Textarea, atom.Button:
		p.AddLink(t.Data+" formaction", attr["formaction"])
		if last := len(p.Forms) - 1; last >= 0 && attr["name"] != "" && len(p.Forms[last].Fields) < 50 {
			p.Forms[last].Fields = append(p.Forms[last].Fields, strings.TrimSpace(attr["name"]+" "+attr["type"]))
		}
	case atom.Script, atom.Iframe, atom.Img:
		p.AddLink(t.Data+" src", attr["src"])
	case atom.Link, atom.A, atom.Base:
		p.AddLink(t.Data+" href", attr["href"])
	case atom.Meta:
		if to, ok := RefreshTarget(attr["content"]); ok && strings.EqualFold(attr["http-equiv"], "refresh") {
			p.AddLink("meta refresh", to)
		}
	}
}

// AddLink adds a link with its element, such as "script src".
func (p *ParsedPage) AddLink(element, target string) {
	if target = strings.TrimSpace(target); target != "" && len(p.Links) < maxLinks {
		p.Links = append(p.Links, PageLink{element, target})
	}
}

var refreshURL = regexp.MustCompile(`(?i)url=(.*)`)

// RefreshTarget returns the target URL in the value of a Refresh header or a meta refresh element. It returns false if
// the value has no target, which means that the browser loads the same page again. It does not convert the value to lower
// case, because some letters have another length in lower case.
func RefreshTarget(refresh string) (to string, ok bool) {
	found := refreshURL.FindStringSubmatch(refresh)
	if found == nil {
		return "", false
	}
	return strings.Trim(found[1], `'" `), true
}

// clipText returns the first maxText bytes of a text, with each sequence of whitespace replaced by one space.
func clipText(s string) string {
	return redact.Truncate(strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " "), maxText)
}

// VisiblePath calls redact.VisiblePath, which removes the parts of a link that may be secret.
func VisiblePath(link string) string { return redact.VisiblePath(link) }

// mediaType returns the media type without parameters, in lower case.
func mediaType(h http.Header) string {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind, _, _ = strings.Cut(strings.ToLower(h.Get("Content-Type")), ";")
	}
	return strings.TrimSpace(kind)
}

// IsHTML reports whether a response with this header contains HTML.
func IsHTML(h http.Header) bool {
	kind := mediaType(h)
	return kind == "text/html" || kind == "application/xhtml+xml"
}

// DecodeBody returns at most maxReadable bytes of a body, decompressed. It returns false if the encoding is unknown or
// invalid. It also returns false for a body with a NUL byte, because it may be UTF-16, where secrets would not be found
// and masked.
func DecodeBody(h http.Header, body []byte) ([]byte, bool) {
	plain, ok := decompressBody(h, body)
	return plain, ok && bytes.IndexByte(plain, 0) < 0
}

func decompressBody(h http.Header, body []byte) ([]byte, bool) {
	var from io.Reader = bytes.NewReader(body)
	var err error
	switch strings.ToLower(strings.TrimSpace(h.Get("Content-Encoding"))) {
	case "", "identity":
		return body[:min(len(body), maxReadable)], true
	case "gzip", "x-gzip":
		from, err = gzip.NewReader(from)
	case "deflate": // zlib, but some servers send raw deflate
		if from, err = zlib.NewReader(bytes.NewReader(body)); err != nil {
			from, err = flate.NewReader(bytes.NewReader(body)), nil
		}
	default:
		return nil, false
	}
	if err != nil {
		return nil, false
	}
	plain, err := io.ReadAll(io.LimitReader(from, maxReadable))
	return plain, err == nil
}
