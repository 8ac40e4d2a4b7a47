// Package har writes HTTP Archives (HAR, version 1.2, http://www.softwareishard.com/blog/har-12-spec/). The developer
// tools of browsers can open them. Members that the format requires are present even if they are empty. The package does
// not read archives and does not mask values.
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

// Unknown is the format's value for a size or a duration that is not known.
const Unknown = -1

// A Log is the content of an archive. WriteLog sets Version.
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

// A Page is a group of entries. The field Page of each entry in the group contains the ID.
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

// A Request is the request of an Entry. NewRequest sets the members that the format requires.
type Request struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []Pair    `json:"cookies"`
	Headers     []Pair    `json:"headers"`
	Query       []Pair    `json:"queryString"`
	Post        *PostData `json:"postData,omitempty"` // nil: no body
	HeadersSize int       `json:"headersSize"`
	BodySize    int       `json:"bodySize"`
}

// A Response is the response of an Entry. NewResponse sets the members that the format requires.
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

// PostData is the body of a request.
type PostData struct {
	MimeType string `json:"mimeType"`
	Params   []Pair `json:"params"`
	Text     string `json:"text"`
}

// A Pair is a header, a cookie or a parameter.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Timings are the durations of an entry's stages in milliseconds. Blocked, DNS, Connect and SSL may be Unknown.
type Timings struct {
	Blocked float64 `json:"blocked"`
	DNS     float64 `json:"dns"`
	Connect float64 `json:"connect"` // includes SSL
	SSL     float64 `json:"ssl"`
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

// NewRequest returns a request without Post. It parses the query parameters of address. version is the HTTP version, and
// size is the size of the body in bytes.
func NewRequest(method, address, version string, headers []Pair, size int) Request {
	return Request{
		Method: method, URL: address, HTTPVersion: version, Cookies: []Pair{},
		Headers: append([]Pair{}, headers...), Query: queryPairs(address),
		HeadersSize: Unknown, BodySize: size,
	}
}

// NewPost returns a request body with the members that the format requires.
func NewPost(mimeType, text string) *PostData {
	return &PostData{MimeType: mimeType, Params: []Pair{}, Text: text}
}

// NewResponse returns a response with the members that the format requires. version is the HTTP version.
func NewResponse(status int, version string, headers []Pair, content Content) Response {
	return Response{
		Status: status, StatusText: http.StatusText(status), HTTPVersion: version, Cookies: []Pair{},
		Headers: append([]Pair{}, headers...), Content: content, HeadersSize: Unknown, BodySize: content.Size,
	}
}

// FormatTime returns a time as text in UTC with milliseconds, as the format requires.
func FormatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// Milliseconds returns a duration in milliseconds, the unit of the format.
func Milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// WriteLog writes log as JSON with its entries sorted by start time. It does not change the caller's entries.
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

// queryPairs returns the query parameters of an address in the order of the address.
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

// unescapeQuery decodes a URL-encoded name or value. It returns text unchanged if the encoding is invalid.
func unescapeQuery(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}
