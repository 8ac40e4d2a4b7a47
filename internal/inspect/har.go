package inspect

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"

	"lastpost/internal/har"
)

// harLog returns records as a HAR file.
func (p *Page) harLog(records []Record) har.Log {
	status := p.Status()
	archive := har.Log{Creator: har.Creator{Name: "Lastpost", Version: status.Version, Comment: "ids and tokens are masked"}}
	for _, record := range slices.Backward(records) {
		archive.Entries = append(archive.Entries, record.harEntry(status.endpointURL(record.Skill)))
	}
	return archive
}

func (r *Record) harEntry(url string) har.Entry {
	const version, kind = "HTTP/1.1", "application/json;charset=UTF-8"
	request := har.NewRequest(http.MethodPost, url, version, r.headerLines(), r.RequestSize)
	request.Post = har.NewPost(r.Header.Get("Content-Type"), string(r.Request))
	read, write := r.Stages[0].Took, r.Stages[len(r.Stages)-1].Took
	return har.Entry{
		Started: har.FormatTime(r.Began), Time: har.Milliseconds(r.Took), Request: request,
		Response: har.NewResponse(r.Status, version, []har.Pair{{Name: "Content-Type", Value: kind}},
			har.Content{Size: r.AnswerSize, MimeType: kind, Text: string(r.Answer)}),
		Timings: har.Timings{
			Blocked: har.Unknown, DNS: har.Unknown, Connect: har.Unknown, SSL: har.Unknown,
			Send: har.Milliseconds(read), Wait: har.Milliseconds(r.Took - read - write), Receive: har.Milliseconds(write),
		},
		Comment: strings.Trim(r.Error+"; "+r.MissingReason, "; "),
	}
}

func (p *Page) downloadExchanges(w http.ResponseWriter, r *http.Request) {
	filter := parseFilter(r)
	records := slices.DeleteFunc(p.Recorder.Records(), func(record Record) bool { return !filter.matches(&record) })
	writeHAR(w, "exchanges.har", p.harLog(records))
}

func (p *Page) downloadExchange(w http.ResponseWriter, r *http.Request) {
	if record, ok := p.findRecord(w, r); ok {
		writeHAR(w, "exchange-"+r.PathValue("id")+".har", p.harLog([]Record{record}))
	}
}

func writeHAR(w http.ResponseWriter, name string, archive har.Log) {
	var content bytes.Buffer
	_ = har.WriteLog(&content, archive) // a buffer does not return errors
	writeAttachment(w, name, content.Bytes())
}

// downloadTimeout replaces the write timeout of the private listener, which is enough only for pages. A HAR file of some
// megabytes takes longer on a slow connection.
const downloadTimeout = time.Minute

func writeAttachment(w http.ResponseWriter, name string, archive []byte) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(downloadTimeout)) // test writers do not support deadlines
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = w.Write(archive)
}
