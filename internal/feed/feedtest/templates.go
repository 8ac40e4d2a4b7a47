package feedtest

import (
	"embed"
	"maps"
	"strings"
	"text/template"
	"time"
)

//go:embed documents
var files embed.FS

// documents has the templates of all documents: the feeds and home pages of each Kind, and the pages of defects.
var documents = template.Must(template.New("").Funcs(template.FuncMap{
	"audio": entry.audioPath, "audioBytes": entry.audioBytes, "categories": entry.categories,
	"number": entry.bloggerNumber, "updated": entry.updatedTime,
	"escaped": escapeHTML, "texturized": texturizeHTML,
	"excerpt":           func(e entry) string { return e.excerpt(" […]") },
	"content":           func(e entry, base string) string { return e.contentHTML(base, escapeHTML) },
	"contentTexturized": func(e entry, base string) string { return e.contentHTML(base, texturizeHTML) },
	"blogger":           func(t time.Time) string { return t.In(blogTimeZone()).Format("2006-01-02T15:04:05.000-07:00") },
	"rfc822":            func(t time.Time) string { return t.Format("Mon, 02 Jan 2006 15:04:05 -0700") },
	"rfc3339":           func(t time.Time) string { return t.Format(time.RFC3339) },
}).ParseFS(files, "documents/*"))

// templateValues are additional values for a template. renderTemplate adds the values that every template uses.
type templateValues map[string]any

// renderTemplate renders a template for the posts.
func (v *siteView) renderTemplate(name string, posts []post, more templateValues) string {
	all := templateValues{"Base": v.base, "Feed": v.p.FeedPath(), "Hub": v.p.Hub, "Modified": v.modified, "Entries": v.entries(posts)}
	maps.Copy(all, more)
	var s strings.Builder
	if err := documents.ExecuteTemplate(&s, name, all); err != nil {
		panic(err)
	}
	return s.String()
}
