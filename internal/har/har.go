// Package har is the HTTP Archive format, 1.2 (http://www.softwareishard.com/blog/har-12-spec/), as browsers' developer
// tools read it. What is empty in it has to be there all the same.
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

// Unknown is a size or a time that is not known.
const Unknown = -1

// A Log is an archive. Write gives it its version.
type Log struct {
	Version string  `json:"version"`
	Creator Creator `json:"creator"`
	Pages   []Page  `json:"pages,omitempty"`
	Entries []Entry `json:"entries"`
}

// A Creator is the program that wrote it.
type Creator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Comment string `json:"comment,omitempty"`
}

// A Page groups entries, which name it by its ID.
type Page struct {
	Started string   `json:"startedDateTime"` // see Stamp
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Timings struct{} `json:"pageTimings"`
}

// An Entry is a request with its answer.
type Entry struct {
	Page     string   `json:"pageref,omitempty"`
	Started  string   `json:"startedDateTime"` // see Stamp
	Time     float64  `json:"time"`            // in milliseconds
	Request  Request  `json:"request"`
	Response Response `json:"response"`
	Cache    struct{} `json:"cache"`
	Timings  Timings  `json:"timings"`
	Comment  string   `json:"comment,omitempty"`
}

// A Request is made by NewRequest.
type Request struct {
	Method      string `json:"method"`
	URL         string `json:"url"`
	HTTPVersion string `json:"httpVersion"`
	Cookies     []Pair `json:"cookies"`
	Headers     []Pair `json:"headers"`
	Query       []Pair `json:"queryString"`
	Post        *Post  `json:"postData,omitempty"` // nil: there is no body
	HeadersSize int    `json:"headersSize"`
	BodySize    int    `json:"bodySize"`
}

// A Response is made by NewResponse.
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

// Content is the body of an answer.
type Content struct {
	Size     int    `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
	Encoding string `json:"encoding,omitempty"` // base64, or none
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

// Timings are in milliseconds; Unknown is allowed for the first four.
type Timings struct {
	Blocked float64 `json:"blocked"`
	DNS     float64 `json:"dns"`
	Connect float64 `json:"connect"` // with SSL
	SSL     float64 `json:"ssl"`
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

// NewRequest is a request without body, with or without headers, whose parameters are those of its address.
func NewRequest(method, address, version string, headers []Pair, size int) Request {
	return Request{
		Method: method, URL: address, HTTPVersion: version, Cookies: []Pair{}, Headers: append([]Pair{}, headers...), Query: queryPairs(address),
		HeadersSize: Unknown, BodySize: size,
	}
}

// NewPost is a body.
func NewPost(mimeType, text string) *Post {
	return &Post{MimeType: mimeType, Params: []Pair{}, Text: text}
}

// NewResponse is an answer.
func NewResponse(status int, version string, headers []Pair, content Content) Response {
	return Response{
		Status: status, StatusText: http.StatusText(status), HTTPVersion: version, Cookies: []Pair{},
		Headers: append([]Pair{}, headers...), Content: content, HeadersSize: Unknown, BodySize: content.Size,
	}
}

// FormatTime is a time as the format has it.
func FormatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// Milliseconds is a length of time as the format has it.
func Milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// WriteLog writes a log, its entries in the order of their beginnings.
func WriteLog(out io.Writer, log Log) error {
	log.Version = "1.2"
	log.Entries = append([]Entry{}, log.Entries...) // also where there are none
	slices.SortStableFunc(log.Entries, func(a, b Entry) int { return cmp.Compare(a.Started, b.Started) })
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Log Log `json:"log"`
	}{log})
}

// queryPairs gives the parameters of an address in their order.
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

// unescapeQuery is a part of a query in clear, or as it is where it is not escaped as it should be.
func unescapeQuery(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}
