package feedtest

import (
	"crypto/md5"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// document is a response before it is sent.
type document struct {
	status   int    // zero means 200
	kind     string // Content-Type
	header   http.Header
	body     string
	feed     bool      // a feed, a page of a feed or the REST API; defects apply to these
	etag     string    // the ETag header; empty if the document does not have validators
	modified time.Time // the Last-Modified header; zero omits it
}

// findDocument returns the document at an address.
func (v *siteView) findDocument(r *http.Request) document {
	switch v.p.Kind {
	case WordPress:
		return v.wordpressDocument(r)
	case Blogger:
		return v.bloggerFeed(r)
	case Archives:
		return v.archivedFeed(r)
	case Pages:
		return v.servePage(r, v.pagedAtomFeed)
	case JSONFeed:
		return v.servePage(r, v.jsonFeed)
	default:
		return v.plainFeed(r)
	}
}

// feedDocument returns a feed with validators, as all software except WordPress makes them. Every defect changes the
// validators, even if it changes the document only while it is sent.
func (v *siteView) feedDocument(kind, body string) document {
	hashed := body
	if v.defect != NoDefect {
		hashed += v.modified.String()
	}
	d := document{kind: kind, body: body, feed: true, etag: fmt.Sprintf(`"%x"`, md5.Sum([]byte(hashed))), modified: v.modified}
	d.header = v.hubLink(v.base + v.p.FeedPath())
	return d
}

func (v *siteView) notFound() document {
	return document{status: http.StatusNotFound, kind: "text/html; charset=UTF-8", body: v.renderTemplate("notfound.html", nil, nil)}
}

func redirectTo(to string) document {
	return document{status: http.StatusMovedPermanently, kind: "text/html; charset=UTF-8", header: http.Header{"Location": {to}}}
}

// hubLink returns the Link header that announces the hub, if there is one (WebSub, section 4).
func (v *siteView) hubLink(self string) http.Header {
	if v.p.Hub == "" {
		return http.Header{}
	}
	return http.Header{"Link": {"<" + v.p.Hub + `>; rel="hub"`, "<" + self + `>; rel="self"`}}
}

// sendDocument sends a document, with the defect applied.
func (v *siteView) sendDocument(w http.ResponseWriter, r *http.Request, d document) {
	if v.defect == ChangingGUIDs {
		d.etag, d.modified = "", time.Time{}
	}
	if challenge := v.challengePage(); challenge.status != 0 {
		challenge.writeResponse(w)
		return
	}
	if d.feed && v.p.MaxAge > 0 {
		d.setHeader("Cache-Control", "max-age="+strconv.Itoa(int(v.p.MaxAge/time.Second)))
	}
	if d.feed && v.isNotModified(r, d) {
		d.sendNotModified(w)
		return
	}
	if d.feed {
		v.sendDefective(w, r, d)
		return
	}
	d.writeResponse(w)
}

func (v *siteView) isNotModified(r *http.Request, d document) bool {
	conditional := r.Header.Get("If-None-Match") != "" || r.Header.Get("If-Modified-Since") != ""
	switch {
	case v.defect == UnconditionalNotModified, v.defect == AlwaysNotModified && conditional:
		return true
	case !conditional || d.etag == "":
		return false
	case v.p.Kind == WordPress:
		return d.matchesWordPress(r)
	}
	return d.matchesRFC9110(r)
}

// matchesRFC9110 evaluates the conditions of a request as RFC 9110, section 13.2.2, demands: a tag takes precedence
// over a date.
func (d document) matchesRFC9110(r *http.Request) bool {
	if tags := r.Header.Get("If-None-Match"); tags != "" {
		for tag := range strings.SplitSeq(tags, ",") {
			tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
			if tag == "*" || tag == strings.TrimPrefix(d.etag, "W/") {
				return true
			}
		}
		return false
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !d.modified.After(since)
}

// matchesWordPress evaluates the conditions of a request as WordPress does (WP::send_headers). If the request has both
// a tag and a date, both must match. The tag must match byte for byte, so a tag that a proxy has changed to a weak tag
// never matches.
func (d document) matchesWordPress(r *http.Request) bool {
	tag, date := r.Header.Get("If-None-Match"), r.Header.Get("If-Modified-Since")
	since, err := http.ParseTime(date)
	unchanged := err == nil && !d.modified.After(since)
	if tag != "" && date != "" {
		return unchanged && tag == d.etag
	}
	return unchanged || tag == d.etag
}

func (d *document) setHeader(name, value string) {
	if d.header == nil {
		d.header = http.Header{}
	}
	d.header.Set(name, value)
}

// writeHeaders sets the headers of a document, including the validators.
func (d document) writeHeaders(w http.ResponseWriter) {
	maps.Copy(w.Header(), d.header)
	w.Header().Set("Content-Type", d.kind)
	if d.etag != "" {
		w.Header().Set("ETag", d.etag)
	}
	if !d.modified.IsZero() {
		w.Header().Set("Last-Modified", d.modified.UTC().Format(http.TimeFormat))
	}
}

func (d document) writeResponse(w http.ResponseWriter) {
	d.writeHeaders(w)
	if d.status == http.StatusNotFound {
		w.Header().Del("Last-Modified") // on a page without posts, WordPress removes Last-Modified, but not the ETag
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(d.body)))
	w.WriteHeader(max(d.status, http.StatusOK))
	_, _ = w.Write([]byte(d.body))
}

// sendNotModified repeats the validators and Cache-Control (RFC 9110, section 15.4.5), without Link. WordPress adds
// Link only after it has evaluated the conditions.
func (d document) sendNotModified(w http.ResponseWriter) {
	d.writeHeaders(w)
	w.Header().Del("Link")
	w.Header().Del("Content-Type")
	w.WriteHeader(http.StatusNotModified)
}
