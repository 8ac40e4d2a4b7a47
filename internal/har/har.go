// Package har writes the HTTP Archive format, version 1.2 (http://www.softwareishard.com/blog/har-12-spec/), for
// browsers' developer tools. Required members are present even if they are empty. The package does not read archives
// and does not mask values.
package har

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Unknown is an unknown size or time.
const Unknown = -1

// A Log is an archive. WriteLog sets its version.
type Log struct {
	Version string  `json:"version"`
	Creator Creator `json:"creator"`
	Pages   []Page  `json:"pages,omitempty"`
	Entries []Entry `json:"entries"`
}

// A Creator is the program that wrote the archive.
type Creator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Comment string `json:"comment,omitempty"`
}

// A Page groups entries; they contain its ID.
type Page struct {
	Started string   `json:"startedDateTime"` // see FormatTime
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Timings struct{} `json:"pageTimings"`
}

// An Entry is a request with its response.
type Entry struct {
	Page     string   `json:"pageref,omitempty"`
	Started  string   `json:"startedDateTime"` // see FormatTime
	Time     float64  `json:"time"`            // in milliseconds
	Request  Request  `json:"request"`
	Response Response `json:"response"`
	Cache    struct{} `json:"cache"`
	Timings  Timings  `json:"timings"`
	Comment  string   `json:"comment,omitempty"`
}

// A Request is a request. Use NewRequest to create one.
type Request struct {
	Method      string `json:"method"`
	URL         string `json:"url"`
	HTTPVersion string `json:"httpVersion"`
	Cookies     []Pair `json:"cookies"`
	Headers     []Pair `json:"headers"`
	Query       []Pair `json:"queryString"`
	Post        *Post  `json:"postData,omitempty"` // nil: no body
	HeadersSize int    `json:"headersSize"`
	BodySize    int    `json:"bodySize"`
}

// A Response is a response. Use NewResponse to create one.
type Response struct {
	Status      int     `json:"status"`
	StatusText  string  `json:"statusText"`
	HTTPVersion string  `json:"httpVersion"`
	Cookies     []Pair  `json:"cookies"`
	Headers     []Pair  `json:"headers"`
	Content     Content `json:"content"`
	RedirectURL string  `json:"redirectURL"`
	HeadersSize int     `json:"headersSize"`
	BodySize    int     `json:"bodySize"`
}

// Content is the body of a response.
type Content struct {
	Size     int    `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
	Encoding string `json:"encoding,omitempty"` // base64 or empty
	Comment  string `json:"comment,omitempty"`
}

// Post is the body of a request.
type Post struct {
	MimeType string `json:"mimeType"`
	Params   []Pair `json:"params"`
	Text     string `json:"text"`
}

// A Pair is a header, a cookie or a parameter.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Timings are in milliseconds. Unknown is allowed for the first four.
type Timings struct {
	Blocked float64 `json:"blocked"`
	DNS     float64 `json:"dns"`
	Connect float64 `json:"connect"` // includes SSL
	SSL     float64 `json:"ssl"`
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

// NewRequest returns a request without a body. Its query parameters come from the address.
func NewRequest(method, address, version string, headers []Pair, size int) Request {
	return Request{
		Method: method, URL: address, HTTPVersion: version, Cookies: []Pair{},
		Headers: append([]Pair{}, headers...), Query: queryPairs(address),
		HeadersSize: Unknown, BodySize: size,
	}
}

// NewPost returns a request body.
func NewPost(mimeType, text string) *Post {
	return &Post{MimeType: mimeType, Params: []Pair{}, Text: text}
}

// NewResponse returns a response.
func NewResponse(status int, version string, headers []Pair, content Content) Response {
	return Response{
		Status: status, StatusText: http.StatusText(status), HTTPVersion: version, Cookies: []Pair{},
		Headers: append([]Pair{}, headers...), Content: content, HeadersSize: Unknown, BodySize: content.Size,
	}
}

// FormatTime returns a time in the format's notation.
func FormatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// Milliseconds returns a duration in the format's unit.
func Milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// WriteLog writes a log with its entries sorted by start time.
func WriteLog(out io.Writer, log Log) error {
	log.Version = "1.2"
	log.Entries = append([]Entry{}, log.Entries...) // JSON needs an empty list, not null
	slices.SortStableFunc(log.Entries, func(a, b Entry) int { return cmp.Compare(a.Started, b.Started) })
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Log Log `json:"log"`
	}{log})
}

// queryPairs returns the query parameters of an address in their order.
func queryPairs(address string) []Pair {
	pairs := []Pair{}
	u, err := url.Parse(address)
	if err != nil || u.RawQuery == "" {
		return pairs
	}
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		pairs = append(pairs, Pair{unescapeQuery(name), unescapeQuery(value)})
	}
	return pairs
}

// unescapeQuery unescapes a part of a query, or returns it unchanged if the escapes are invalid.
func unescapeQuery(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}
