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

// document is an answer before it is sent.
type document struct {
	status   int    // 0: 200
	kind     string // Content-Type
	header   http.Header
	body     string
	feed     bool      // it is a feed, or a page of one, or the REST API: what lies are about
	etag     string    // "": no validators
	modified time.Time // zero: no Last-Modified
}

// find is the document at an address.
func (v *view) find(r *http.Request) document {
	switch v.p.Kind {
	case WordPress:
		return v.wordpress(r)
	case Blogger:
		return v.blogger(r)
	case Archives:
		return v.archives(r)
	case Pages:
		return v.paged(r, v.pages)
	case JSONFeed:
		return v.paged(r, v.jsonFeed)
	default:
		return v.plain(r)
	}
}

// feedDocument is a feed with validators of its own, as everybody but WordPress makes them. A lie has other
// ones than the truth, even where it spoils the document only when it is sent.
func (v *view) feedDocument(kind, body string) document {
	hashed := body
	if v.lie != NoDefect {
		hashed += v.modified.String()
	}
	d := document{kind: kind, body: body, feed: true, etag: fmt.Sprintf(`"%x"`, md5.Sum([]byte(hashed))), modified: v.modified}
	d.header = v.hubLink(v.base + v.p.FeedPath())
	return d
}

func (v *view) notFound() document {
	return document{status: http.StatusNotFound, kind: "text/html; charset=UTF-8", body: v.fill("notfound.html", nil, nil)}
}

func moved(to string) document {
	return document{status: http.StatusMovedPermanently, kind: "text/html; charset=UTF-8", header: http.Header{"Location": {to}}}
}

// hubLink announces the hub, where there is one, as WebSub asks for (its section 4).
func (v *view) hubLink(self string) http.Header {
	if v.p.Hub == "" {
		return http.Header{}
	}
	return http.Header{"Link": {"<" + v.p.Hub + `>; rel="hub"`, "<" + self + `>; rel="self"`}}
}

// deliver sends a document, or what the lie at hand has in its place.
func (v *view) deliver(w http.ResponseWriter, r *http.Request, d document) {
	if v.lie == ChangingGUIDs {
		d.etag, d.modified = "", time.Time{}
	}
	if challenge := v.challenge(); challenge.status != 0 {
		challenge.send(w)
		return
	}
	if d.feed && v.p.MaxAge > 0 {
		d.set("Cache-Control", "max-age="+strconv.Itoa(int(v.p.MaxAge/time.Second)))
	}
	if d.feed && v.notModified(r, d) {
		d.sendNotModified(w)
		return
	}
	if d.feed {
		v.misdeliver(w, r, d)
		return
	}
	d.send(w)
}

func (v *view) notModified(r *http.Request, d document) bool {
	conditional := r.Header.Get("If-None-Match") != "" || r.Header.Get("If-Modified-Since") != ""
	switch {
	case v.lie == UnconditionalNotModified, v.lie == AlwaysNotModified && conditional:
		return true
	case !conditional || d.etag == "":
		return false
	case v.p.Kind == WordPress:
		return d.freshToWordPress(r)
	}
	return d.fresh(r)
}

// fresh is the rule of RFC 9110, section 13.2.2: a tag goes before a date.
func (d document) fresh(r *http.Request) bool {
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

// freshToWordPress is WordPress's own rule (WP::send_headers): of two validators both must hold, and the tag
// must be its own byte for byte, so that one which a proxy made weak never matches.
func (d document) freshToWordPress(r *http.Request) bool {
	tag, date := r.Header.Get("If-None-Match"), r.Header.Get("If-Modified-Since")
	since, err := http.ParseTime(date)
	unchanged := err == nil && !d.modified.After(since)
	if tag != "" && date != "" {
		return unchanged && tag == d.etag
	}
	return unchanged || tag == d.etag
}

func (d *document) set(name, value string) {
	if d.header == nil {
		d.header = http.Header{}
	}
	d.header.Set(name, value)
}

// announce sets a document's fields: its own, and the validators.
func (d document) announce(w http.ResponseWriter) {
	maps.Copy(w.Header(), d.header)
	w.Header().Set("Content-Type", d.kind)
	if d.etag != "" {
		w.Header().Set("ETag", d.etag)
	}
	if !d.modified.IsZero() {
		w.Header().Set("Last-Modified", d.modified.UTC().Format(http.TimeFormat))
	}
}

func (d document) send(w http.ResponseWriter) {
	d.announce(w)
	if d.status == http.StatusNotFound {
		w.Header().Del("Last-Modified") // WordPress takes it back when it finds no posts, and forgets the ETag
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(d.body)))
	w.WriteHeader(max(d.status, http.StatusOK))
	_, _ = w.Write([]byte(d.body))
}

// sendNotModified repeats the validators and Cache-Control (RFC 9110, section 15.4.5), and no Link: WordPress
// adds it only after it has looked at the conditions.
func (d document) sendNotModified(w http.ResponseWriter) {
	d.announce(w)
	w.Header().Del("Link")
	w.Header().Del("Content-Type")
	w.WriteHeader(http.StatusNotModified)
}
