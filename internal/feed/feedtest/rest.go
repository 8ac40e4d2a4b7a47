package feedtest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// restAPI serves WordPress's REST API at a route such as "/wp/v2/posts".
func (v *siteView) restAPI(route string, query url.Values) document {
	switch route = "/" + strings.Trim(route, "/"); {
	case v.p.REST == RESTRemoved:
		return v.notFound()
	case v.p.REST == RESTUnauthorized:
		return restError(http.StatusUnauthorized, "rest_not_logged_in", "You are not currently logged in.", nil)
	case route == "/":
		return restDocument(templateValues{"name": "The Harbour Light", "description": "Notes &amp; tides", "url": v.base, "home": v.base,
			"gmt_offset": "2", "timezone_string": "", "namespaces": []string{"oembed/1.0", "wp/v2"}, "authentication": []string{},
			"routes": templateValues{}})
	case route != "/wp/v2/posts":
		return restError(http.StatusNotFound, "rest_no_route", "No route was found matching the URL and request method.", nil)
	}
	if wrong := checkQuery(query); wrong.status != 0 {
		return wrong
	}
	return v.restPosts(query)
}

// checkQuery returns the error response to the first invalid parameter. The status is 0 if all parameters are valid.
func checkQuery(query url.Values) document {
	bounds := []struct {
		name, message string
		least, most   int
	}{
		{"page", "page must be greater than or equal to 1", 1, 1 << 30},
		{"per_page", "per_page must be between 1 (inclusive) and 100 (inclusive)", 1, 100},
	}
	for _, b := range bounds {
		if n := intOrDefault(query.Get(b.name), -1); query.Has(b.name) && (n < b.least || n > b.most) {
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
	return restError(http.StatusBadRequest, "rest_invalid_param", "Invalid parameter(s): "+name, templateValues{
		"params":  templateValues{name: message},
		"details": templateValues{name: templateValues{"code": code, "message": message, "data": nil}},
	})
}

func (v *siteView) restPosts(query url.Values) document {
	page, size := intOrDefault(query.Get("page"), 1), intOrDefault(query.Get("per_page"), 10)
	v.sortPosts(query)
	posts := v.pagePosts(page, size)
	if len(posts) == 0 && page > 1 {
		return restError(http.StatusBadRequest, "rest_post_invalid_page_number",
			"The page number requested is larger than the number of pages available.", nil)
	}
	list := make([]templateValues, 0, len(posts))
	for _, e := range v.entries(posts) {
		list = append(list, embedAuthor(selectFields(v.restPostJSON(e), query), query))
	}
	d := restDocument(list)
	d.header = http.Header{}
	if v.p.REST != RESTWithoutTotals {
		v.restTotals(d.header, page, size, query)
	}
	return d
}

// sortPosts sorts the posts as the query demands.
func (v *siteView) sortPosts(query url.Values) {
	if query.Get("orderby") == "modified" {
		v.posts = slices.Clone(v.posts)
		slices.SortStableFunc(v.posts, func(a, b post) int { return b.modified.Compare(a.modified) })
	}
	if query.Get("order") == "asc" {
		v.posts = slices.Clone(v.posts)
		slices.Reverse(v.posts)
	}
}

func (v *siteView) restTotals(header http.Header, page, size int, query url.Values) {
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

func (v *siteView) restLink(page int, query url.Values) string {
	with := maps.Clone(query)
	with.Set("page", strconv.Itoa(page))
	if v.p.REST == PlainPermalinks {
		with.Set("rest_route", "/wp/v2/posts")
		return "<" + v.base + "/?" + with.Encode() + ">"
	}
	with.Del("rest_route")
	return "<" + v.base + "/wp-json/wp/v2/posts?" + with.Encode() + ">"
}

// selectFields returns the fields of a post that the parameter _fields lists, or all fields without the parameter.
// "title.rendered" selects the whole title.
func selectFields(post templateValues, query url.Values) templateValues {
	wanted := strings.FieldsFunc(strings.Join(slices.Concat(query["_fields"], query["_fields[]"]), ","),
		func(r rune) bool { return r == ',' || r == ' ' })
	for i, name := range wanted {
		wanted[i], _, _ = strings.Cut(name, ".")
	}
	maps.DeleteFunc(post, func(name string, _ any) bool { return len(wanted) > 0 && !slices.Contains(wanted, name) })
	return post
}

// embedAuthor adds the author to a post if the parameter _embed asks for it. Like WordPress, it follows the post's link
// to the author, so the parameter _fields must select it.
func embedAuthor(post templateValues, query url.Values) templateValues {
	if query.Get("_embed") == "author" && post["_links"] != nil {
		author := templateValues{"id": 1, "name": "Ada Quay", "url": "", "description": "", "slug": "ada"}
		post["_embedded"] = templateValues{"author": []templateValues{author}}
	}
	return post
}

// restPostJSON returns a post of the API. Its dates do not have a zone: they are in the blog's zone or in UTC.
func (v *siteView) restPostJSON(e entry) templateValues {
	const layout = "2006-01-02T15:04:05"
	post := templateValues{
		"id": e.recordID(), "date": nil, "date_gmt": nil, "guid": templateValues{"rendered": strings.ReplaceAll(e.GUID, "&", "&#038;")},
		"modified": e.modified.In(blogTimeZone()).Format(layout), "modified_gmt": e.modified.UTC().Format(layout),
		"slug": titleSlug(e.title) + "-" + strconv.Itoa(e.recordID()), "status": "publish", "type": "post", "link": e.Link,
		"title":   templateValues{"rendered": texturizeHTML(e.Shown)},
		"content": templateValues{"rendered": "\n" + e.contentHTML(v.base, texturizeHTML), "protected": false},
		"excerpt": templateValues{"rendered": "<p>" + texturizeHTML(e.excerpt(" […]")) + "</p>\n", "protected": false},
		"author":  1, "featured_media": 0, "comment_status": "open", "ping_status": "open", "sticky": false, "template": "",
		"format": "standard", "meta": templateValues{"footnotes": ""}, "categories": []int{1}, "tags": []int{},
		"_links": templateValues{"author": []templateValues{{"embeddable": true, "href": v.base + "/wp-json/wp/v2/users/1"}}},
	}
	if !e.Claimed.IsZero() {
		post["date"], post["date_gmt"] = e.Claimed.In(blogTimeZone()).Format(layout), e.Claimed.UTC().Format(layout)
	}
	return post
}

// restDocument returns a response of the API. It does not have validators, as in WordPress.
func restDocument(body any) document {
	return document{kind: "application/json; charset=UTF-8", body: phpJSON(body), feed: true}
}

// restError returns an error response of the API.
func restError(status int, code, message string, more templateValues) document {
	data := templateValues{"status": status}
	maps.Copy(data, more)
	d := restDocument(templateValues{"code": code, "message": message, "data": data})
	d.status = status
	return d
}

// phpJSON encodes like PHP's json_encode: it escapes slashes and non-ASCII characters, but not <, > and &.
func phpJSON(body any) string {
	var b strings.Builder
	for _, r := range strings.TrimSuffix(encodeJSON(body, ""), "\n") {
		switch high, low := utf16.EncodeRune(r); {
		case r == '/':
			b.WriteString(`\/`)
		case high != utf8.RuneError:
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		case r > utf8.RuneSelf:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
