package inspect

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"

	"lastpost/internal/har"
)

// har gives records as an archive.
func (p *Page) har(records []Record) har.Log {
	status := p.Status()
	archive := har.Log{Creator: har.Creator{Name: "Lastpost", Version: status.Version, Comment: "ids and tokens are masked"}}
	for _, record := range slices.Backward(records) {
		archive.Entries = append(archive.Entries, record.har(status.endpoint(record.Skill)))
	}
	return archive
}

func (r *Record) har(url string) har.Entry {
	const version, kind = "HTTP/1.1", "application/json;charset=UTF-8"
	request := har.NewRequest(http.MethodPost, url, version, r.lines(), r.RequestSize)
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
		Comment: strings.Trim(r.Error+"; "+r.Stated, "; "),
	}
}

func (p *Page) exchangesHAR(w http.ResponseWriter, r *http.Request) {
	wanted := filterOf(r)
	records := slices.DeleteFunc(p.Recorder.Records(), func(record Record) bool { return !wanted.takes(&record) })
	download(w, "exchanges.har", p.har(records))
}

func (p *Page) exchangeHAR(w http.ResponseWriter, r *http.Request) {
	if record, ok := p.recordOf(w, r); ok {
		download(w, "exchange-"+r.PathValue("id")+".har", p.har([]Record{record}))
	}
}

func download(w http.ResponseWriter, name string, archive har.Log) {
	var content bytes.Buffer
	_ = har.WriteLog(&content, archive) // there is always room
	give(w, name, content.Bytes())
}

// downloadFor is how long an archive may take: the listener's limit is for pages, and an archive of some megabytes may
// have a tunnel and a telephone before it.
const downloadFor = time.Minute

func give(w http.ResponseWriter, name string, archive []byte) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(downloadFor)) // where there is none to set, none is set
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = w.Write(archive)
}
