package trace

import (
	"io"
	"strings"

	"lastpost/internal/har"
)

// WriteHAR writes traces as an HTTP Archive (HAR) with one page for each trace. Masked values stay masked. version is
// this program's version.
func WriteHAR(out io.Writer, version string, traces ...Trace) error {
	log := har.Log{Creator: har.Creator{Name: "Lastpost", Version: version}}
	for _, t := range traces {
		log.Pages = append(log.Pages, har.Page{Started: har.FormatTime(t.Began()), ID: t.ID, Title: "account linking " + t.ID})
		for _, x := range t.Exchanges {
			log.Entries = append(log.Entries, x.toHAR())
		}
	}
	return har.WriteLog(out, log)
}

func (x Exchange) toHAR() har.Entry {
	e := har.Entry{
		Page: x.Trace, Started: har.FormatTime(x.Began), Time: x.DurationMS, Comment: x.harComment(),
		Request: har.NewRequest(x.Method, x.URL, x.Proto, x.Request.Header, x.Request.Size),
		Response: har.NewResponse(x.Status, x.Proto, x.Response.Header,
			har.Content{Size: x.Response.Size, MimeType: x.Response.Type, Text: x.Response.Body, Comment: x.Response.Note}),
		Timings: har.Timings{Blocked: har.Unknown, DNS: x.Timing.DNS, Connect: x.Timing.Connect + x.Timing.TLS, SSL: x.Timing.TLS,
			Send: x.Timing.Send, Wait: x.Timing.Wait, Receive: x.Timing.Receive},
	}
	e.Response.RedirectURL = x.Response.headerValue("Location")
	if x.Response.Base64 {
		e.Response.Content.Encoding = "base64"
	}
	if x.Request.Size > 0 {
		e.Request.Post = har.NewPost(x.Request.Type, x.Request.Body)
	}
	return e
}

// harComment returns the properties of an exchange that the HAR format does not have a field for.
func (x Exchange) harComment() string {
	words := []string{"leg " + string(x.Leg)}
	if x.Handling != "" {
		words = append(words, "the browser was redirected")
	}
	if x.Error != "" {
		words = append(words, "no response: "+x.Error)
	}
	if !x.Full {
		words = append(words, "secrets are masked")
	}
	return strings.Join(words, "; ")
}

func (m HTTPMessage) headerValue(name string) string {
	for _, f := range m.Header {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}
