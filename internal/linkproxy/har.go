package linkproxy

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The HTTP Archive format, 1.2, as browsers' developer tools read it. What is empty in it has to be there all the same.
type (
	harFile struct {
		Log harLog `json:"log"`
	}
	harLog struct {
		Version string     `json:"version"`
		Creator harCreator `json:"creator"`
		Pages   []harPage  `json:"pages"`
		Entries []harEntry `json:"entries"`
	}
	harCreator struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	harPage struct {
		Started string   `json:"startedDateTime"`
		ID      string   `json:"id"`
		Title   string   `json:"title"`
		Timings struct{} `json:"pageTimings"`
	}
	harEntry struct {
		Page     string      `json:"pageref"`
		Started  string      `json:"startedDateTime"`
		Time     float64     `json:"time"`
		Request  harRequest  `json:"request"`
		Response harResponse `json:"response"`
		Cache    struct{}    `json:"cache"`
		Timings  harTimings  `json:"timings"`
		Comment  string      `json:"comment,omitempty"`
	}
	harRequest struct {
		Method      string     `json:"method"`
		URL         string     `json:"url"`
		HTTPVersion string     `json:"httpVersion"`
		Cookies     []harValue `json:"cookies"`
		Headers     []harValue `json:"headers"`
		Query       []harValue `json:"queryString"`
		Post        *harPost   `json:"postData,omitempty"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int        `json:"bodySize"`
	}
	harResponse struct {
		Status      int        `json:"status"`
		StatusText  string     `json:"statusText"`
		HTTPVersion string     `json:"httpVersion"`
		Cookies     []harValue `json:"cookies"`
		Headers     []harValue `json:"headers"`
		Content     harContent `json:"content"`
		RedirectURL string     `json:"redirectURL"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int        `json:"bodySize"`
	}
	harContent struct {
		Size     int    `json:"size"`
		MimeType string `json:"mimeType"`
		Text     string `json:"text,omitempty"`
		Encoding string `json:"encoding,omitempty"`
		Comment  string `json:"comment,omitempty"`
	}
	harPost struct {
		MimeType string     `json:"mimeType"`
		Params   []harValue `json:"params"`
		Text     string     `json:"text"`
	}
	harValue struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	harTimings struct {
		Blocked float64 `json:"blocked"`
		DNS     float64 `json:"dns"`
		Connect float64 `json:"connect"`
		SSL     float64 `json:"ssl"`
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
)

// WriteHAR writes traces as an HTTP Archive, a page each, with what was kept of them: masks stay masks. version is the
// program's.
func WriteHAR(out io.Writer, version string, traces ...Trace) error {
	log := harLog{Version: "1.2", Creator: harCreator{"skill", version}, Pages: []harPage{}, Entries: []harEntry{}}
	for _, t := range traces {
		log.Pages = append(log.Pages, harPage{Started: stamp(t.Began()), ID: t.ID, Title: "account linking " + t.ID})
		for _, x := range t.Exchanges {
			log.Entries = append(log.Entries, x.har())
		}
	}
	slices.SortStableFunc(log.Entries, func(a, b harEntry) int { return strings.Compare(a.Started, b.Started) })
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(harFile{log})
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

func (x Exchange) har() harEntry {
	e := harEntry{
		Page: x.Trace, Started: stamp(x.Began), Time: x.MS, Comment: x.comment(),
		Request: harRequest{Method: x.Method, URL: x.URL, HTTPVersion: x.Proto, Cookies: []harValue{}, Headers: harHeaders(x.Request),
			Query: harQuery(x.URL), HeadersSize: -1, BodySize: x.Request.Size},
		Response: harResponse{Status: x.Status, StatusText: http.StatusText(x.Status), HTTPVersion: x.Proto, Cookies: []harValue{},
			Headers: harHeaders(x.Answer), RedirectURL: x.Answer.header("Location"), HeadersSize: -1, BodySize: x.Answer.Size,
			Content: harContent{Size: x.Answer.Size, MimeType: x.Answer.Type, Text: x.Answer.Body, Comment: x.Answer.Note}},
		Timings: harTimings{Blocked: -1, DNS: x.Timing.DNS, Connect: x.Timing.Connect + x.Timing.TLS, SSL: x.Timing.TLS,
			Send: x.Timing.Send, Wait: x.Timing.Wait, Receive: x.Timing.Receive},
	}
	if x.Answer.Base64 {
		e.Response.Content.Encoding = "base64"
	}
	if x.Request.Size > 0 {
		e.Request.Post = &harPost{MimeType: x.Request.Type, Params: []harValue{}, Text: x.Request.Body}
	}
	return e
}

// comment says what has no place in the format.
func (x Exchange) comment() string {
	words := []string{"leg " + string(x.Leg)}
	if x.Carried != "" {
		words = append(words, "the browser was sent on")
	}
	if x.Error != "" {
		words = append(words, "no answer: "+x.Error)
	}
	if !x.Full {
		words = append(words, "secrets are masked")
	}
	return strings.Join(words, "; ")
}

func (m Message) header(name string) string {
	for _, f := range m.Header {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

func harHeaders(m Message) []harValue {
	values := make([]harValue, 0, len(m.Header))
	for _, f := range m.Header {
		values = append(values, harValue(f))
	}
	return values
}

// harQuery gives a URL's parameters in their order.
func harQuery(raw string) []harValue {
	values := []harValue{}
	u, err := url.Parse(raw)
	if err != nil || u.RawQuery == "" {
		return values
	}
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		values = append(values, harValue{unescape(name), unescape(value)})
	}
	return values
}
