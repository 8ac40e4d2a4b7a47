package feedtest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// rest is WordPress's REST API at a route, "/wp/v2/posts".
func (v *view) rest(route string, query url.Values) document {
	switch route = "/" + strings.Trim(route, "/"); {
	case v.p.REST == Removed:
		return notFound()
	case v.p.REST == Unauthorized:
		return restError(http.StatusUnauthorized, "rest_not_logged_in", "You are not currently logged in.", "")
	case route == "/":
		return restDocument(fmt.Sprintf(`{"name":"The Harbour Light","description":"Notes &amp; `+
			`tides","url":%s,"home":%s,"gmt_offset":"2",`+
			`"timezone_string":"","namespaces":["oembed\/1.0","wp\/v2"],"authentication":[],"routes":{}}`,
			phpString(v.base), phpString(v.base)))
	case route != "/wp/v2/posts":
		return restError(http.StatusNotFound, "rest_no_route", "No route was found matching the URL and request method.", "")
	}
	if wrong := invalid(query); wrong.status != 0 {
		return wrong
	}
	return v.restPosts(query)
}

// invalid is the answer to a parameter that is out of bounds; its status is 0 where all is well.
func invalid(query url.Values) document {
	bounds := []struct {
		name, message string
		least, most   int
	}{
		{"page", "page must be greater than or equal to 1", 1, 1 << 30},
		{"per_page", "per_page must be between 1 (inclusive) and 100 (inclusive)", 1, 100},
	}
	for _, b := range bounds {
		if n := number(query.Get(b.name), -1); query.Has(b.name) && (n < b.least || n > b.most) {
			return invalidParam(b.name, b.message, "rest_out_of_bounds")
		}
	}
	if by := query.Get("orderby"); query.Has("orderby") && by != "date" && by != "id" && by != "modified" {
		return invalidParam("orderby", "orderby is not one of author, date, id, include, modified, parent, relevance, slug, "+
			"include_slugs, and title.", "rest_not_in_enum")
	}
	return document{}
}

func invalidParam(name, message, code string) document {
	return restError(http.StatusBadRequest, "rest_invalid_param", "Invalid parameter(s): "+name,
		fmt.Sprintf(`,"params":{"%s":%s},"details":{"%s":{"code":"%s","message":%s,"data":null}}`,
			name, phpString(message), name, code, phpString(message)))
}

func (v *view) restPosts(query url.Values) document {
	page, size := number(query.Get("page"), 1), number(query.Get("per_page"), 10)
	v.order(query)
	posts := v.window(page, size)
	if len(posts) == 0 && page > 1 {
		return restError(http.StatusBadRequest, "rest_post_invalid_page_number",
			"The page number requested is larger than the number of pages available.", "")
	}
	list := make([]string, 0, len(posts))
	for _, e := range v.entries(posts) {
		list = append(list, v.restPost(e, fieldsOf(query)))
	}
	d := restDocument("[" + strings.Join(list, ",") + "]")
	d.header = http.Header{}
	if v.p.REST != NoTotals {
		v.restTotals(d.header, page, size, query)
	}
	return d
}

// order puts the view's posts into another order than newest first.
func (v *view) order(query url.Values) {
	if query.Get("orderby") == "modified" {
		v.posts = slices.Clone(v.posts)
		slices.SortStableFunc(v.posts, func(a, b post) int { return b.modified.Compare(a.modified) })
	}
	if query.Get("order") == "asc" {
		v.posts = slices.Clone(v.posts)
		slices.Reverse(v.posts)
	}
}

func (v *view) restTotals(header http.Header, page, size int, query url.Values) {
	pages := (len(v.posts) + size - 1) / size
	header.Set("X-WP-Total", strconv.Itoa(len(v.posts)))
	header.Set("X-WP-TotalPages", strconv.Itoa(pages))
	header.Set("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link")
	links := []string{}
	if page > 1 {
		links = append(links, v.restLink(page-1, query)+`; rel="prev"`)
	}
	if page < pages {
		links = append(links, v.restLink(page+1, query)+`; rel="next"`)
	}
	if len(links) > 0 {
		header.Set("Link", strings.Join(links, ", "))
	}
}

func (v *view) restLink(page int, query url.Values) string {
	with := url.Values{}
	for name, values := range query {
		with[name] = values
	}
	with.Set("page", strconv.Itoa(page))
	if v.p.REST == PlainPermalinks {
		with.Set("rest_route", "/wp/v2/posts")
		return "<" + v.base + "/?" + with.Encode() + ">"
	}
	with.Del("rest_route")
	return "<" + v.base + "/wp-json/wp/v2/posts?" + with.Encode() + ">"
}

// fieldsOf are the fields that _fields asks for, all where it is not there. Of "title.rendered" the whole
// title comes.
func fieldsOf(query url.Values) func(name string) bool {
	wanted := slices.Concat(query["_fields"], query["_fields[]"])
	if len(wanted) == 0 {
		return func(string) bool { return true }
	}
	names := map[string]bool{}
	for _, name := range strings.FieldsFunc(strings.Join(wanted, ","), func(r rune) bool { return r == ',' || r == ' ' }) {
		name, _, _ = strings.Cut(name, ".")
		names[name] = true
	}
	return func(name string) bool { return names[name] }
}

// restPost is a post as wp_json_encode writes it.
func (v *view) restPost(e entry, wanted func(string) bool) string {
	rendered := func(s string) string { return `{"rendered":` + phpString(s) + `}` }
	protected := func(s string) string { return `{"rendered":` + phpString(s) + `,"protected":false}` }
	fields := [][2]string{
		{"id", strconv.Itoa(e.record())},
		{"date", e.restDate("2006-01-02T15:04:05", true)}, {"date_gmt", e.restDate("2006-01-02T15:04:05", false)},
		{"guid", rendered(strings.ReplaceAll(e.guid, "&", "&#038;"))},
		{"modified", phpString(e.modified.In(local()).Format("2006-01-02T15:04:05"))},
		{"modified_gmt", phpString(e.modified.UTC().Format("2006-01-02T15:04:05"))},
		{"slug", phpString(slug(e.title) + "-" + strconv.Itoa(e.record()))},
		{"status", `"publish"`}, {"type", `"post"`}, {"link", phpString(e.link)},
		{"title", rendered(texturized(e.shown))},
		{"content", protected("\n" + e.content(v.base, texturized))},
		{"excerpt", protected("<p>" + texturized(e.excerpt(" […]")) + "</p>\n")},
		{"author", "1"}, {"featured_media", "0"}, {"comment_status", `"open"`}, {"ping_status", `"open"`},
		{"sticky", "false"}, {"template", `""`}, {"format", `"standard"`}, {"meta", `{"footnotes":""}`},
		{"categories", "[1]"}, {"tags", "[]"}, {"_links", "{}"},
	}
	parts := []string{}
	for _, field := range fields {
		if wanted(field[0]) {
			parts = append(parts, `"`+field[0]+`":`+field[1])
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// restDate is a date without its zone: the blog's own zone, or UTC.
func (e entry) restDate(layout string, own bool) string {
	switch {
	case e.claimed.IsZero():
		return "null"
	case own:
		return phpString(e.claimed.In(local()).Format(layout))
	}
	return phpString(e.claimed.UTC().Format(layout))
}

// restDocument is an answer of the API. It bears no validators, as WordPress gives it none.
func restDocument(body string) document {
	return document{kind: "application/json; charset=UTF-8", body: body, feed: true}
}

func restError(status int, code, message, more string) document {
	d := restDocument(fmt.Sprintf(`{"code":"%s","message":%s,"data":{"status":%d%s}}`, code, phpString(message), status, more))
	d.status = status
	return d
}

// phpString is a string as PHP's json_encode writes it: slashes escaped, everything beyond ASCII in \u, and
// the ampersand as it is.
func phpString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\' || r == '/':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r < ' ' || r >= 0x7f && r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		case r >= 0x10000:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
