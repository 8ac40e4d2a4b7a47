package trace

import (
	"io"
	"strings"

	"lastpost/internal/har"
)

// WriteHAR writes traces as an HTTP Archive, a page each, with what was kept of them: masks stay masks. version is the
// program's.
func WriteHAR(out io.Writer, version string, traces ...Trace) error {
	log := har.Log{Creator: har.Creator{Name: "Lastpost", Version: version}}
	for _, t := range traces {
		log.Pages = append(log.Pages, har.Page{Started: har.Stamp(t.Began()), ID: t.ID, Title: "account linking " + t.ID})
		for _, x := range t.Exchanges {
			log.Entries = append(log.Entries, x.har())
		}
	}
	return har.Write(out, log)
}

func (x Exchange) har() har.Entry {
	e := har.Entry{
		Page: x.Trace, Started: har.Stamp(x.Began), Time: x.MS, Comment: x.comment(),
		Request: har.NewRequest(x.Method, x.URL, x.Proto, x.Request.Header, x.Request.Size),
		Response: har.NewResponse(x.Status, x.Proto, x.Answer.Header,
			har.Content{Size: x.Answer.Size, MimeType: x.Answer.Type, Text: x.Answer.Body, Comment: x.Answer.Note}),
		Timings: har.Timings{Blocked: har.Unknown, DNS: x.Timing.DNS, Connect: x.Timing.Connect + x.Timing.TLS, SSL: x.Timing.TLS,
			Send: x.Timing.Send, Wait: x.Timing.Wait, Receive: x.Timing.Receive},
	}
	e.Response.RedirectURL = x.Answer.header("Location")
	if x.Answer.Base64 {
		e.Response.Content.Encoding = "base64"
	}
	if x.Request.Size > 0 {
		e.Request.Post = har.NewPost(x.Request.Type, x.Request.Body)
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
