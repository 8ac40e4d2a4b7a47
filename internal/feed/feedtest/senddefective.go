package feedtest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// hugeSize is the minimum size of HugeDocument.
const hugeSize = 50 << 20

// sendDefective sends a feed with the current defect.
func (v *siteView) sendDefective(w http.ResponseWriter, r *http.Request, d document) {
	switch v.defect {
	case HugeDocument:
		d.kind = "application/rss+xml; charset=UTF-8"
		d.writeHeaders(w)
		sendHuge(w, v.base)
	case TruncatedBody:
		d.writeHeaders(w)
		w.Header().Set("Content-Length", strconv.Itoa(len(d.body)))
		_, _ = w.Write([]byte(d.body[:len(d.body)/2]))
	case HangingBody:
		d.writeHeaders(w)
		_, _ = w.Write([]byte(d.body[:len(d.body)/2]))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	default:
		v.corruptBody(d).writeResponse(w)
	}
}

// corruptBody returns the document with the current defect, if the defect only changes bytes of the body.
func (v *siteView) corruptBody(d document) document {
	switch v.defect {
	case EmptyBody:
		d.body = ""
	case GarbageBytes:
		d.body = strings.Repeat("\x00\x8f\x1bgarbage\xff\xfe<\x01", 300)
	case BillionLaughs:
		d.body = v.renderTemplate("laughs.xml", nil, nil) // the entities expand to a billion words
	case InvalidUTF8:
		d.body = strings.NewReplacer(invalidBytesMark, "\xff\xfe\xc3(", `\ue0ff`, "\xff\xfe\xc3(").Replace(d.body)
	case Windows1252:
		d.kind, _, _ = strings.Cut(d.kind, ";")
		d.body = windows1252(d.body)
	}
	return d
}

// windows1252 encodes a document and removes the declaration of another encoding.
func windows1252(s string) string {
	s = strings.NewReplacer(` encoding="UTF-8"`, "", ` encoding='UTF-8'`, "").Replace(s)
	s = strings.NewReplacer("&#8220;", "“", "&#8221;", "”", "&#8217;", "’", "&#8211;", "–", "&#8230;", "…",
		`\u2013`, "–", `\u2026`, "…", `\u201c`, "“", `\u201d`, "”", `\u2019`, "’", `\u00e9`, "é").Replace(s)
	return strings.NewReplacer("“", "\x93", "”", "\x94", "’", "\x92", "–", "\x96",
		"—", "\x97", "…", "\x85", "é", "\xe9").Replace(s)
}

// sendHuge streams a valid feed of many long posts.
func sendHuge(w http.ResponseWriter, base string) {
	text := strings.Repeat("lorem ipsum dolor sit amet ", 2000)
	n, err := fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"+
		"<rss version=\"2.0\"><channel><title>Huge</title><link>%s/</link><description>All of it</description>\n", base)
	for i, sent := 1, n; err == nil && sent < hugeSize; i++ {
		n, err = fmt.Fprintf(w, "<item><title>Huge %d</title><link>%s/huge/%d</link><guid>%s/huge/%d</guid><pubDate>Mon, 02 Jun "+
			"2025 09:41:07 +0000</pubDate><description>%s</description></item>\n", i, base, i, base, i, text)
		sent += n
	}
	if err == nil {
		_, _ = w.Write([]byte("</channel></rss>\n"))
	}
}

// challengePage returns the challenge page of a bot protection. The status is 0 if the current defect is not a
// challenge.
func (v *siteView) challengePage() document {
	status, isChallenge := map[Defect]int{HTMLChallenge: 200, HTMLChallenge403: 403, HTMLChallenge503: 503}[v.defect]
	if !isChallenge {
		return document{}
	}
	return document{
		status: status, kind: "text/html; charset=UTF-8",
		header: http.Header{"Server": {"cloudflare"}, "Cf-Mitigated": {"challenge"},
			"Cache-Control": {"private, max-age=0, no-store, no-cache, must-revalidate, post-check=0, pre-check=0"}},
		body: v.renderTemplate("challenge.html", nil, nil),
	}
}
