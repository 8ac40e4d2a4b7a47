package inspect

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A harLog is an HTTP Archive 1.2 (http://www.softwareishard.com/blog/har-12-spec/), as browsers' tools read it.
type harLog struct {
	Log struct {
		Version string     `json:"version"`
		Creator harCreator `json:"creator"`
		Entries []harEntry `json:"entries"`
	} `json:"log"`
}

type harCreator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Comment string `json:"comment"`
}

type harEntry struct {
	Started  string      `json:"startedDateTime"`
	Time     float64     `json:"time"`
	Request  harRequest  `json:"request"`
	Response harResponse `json:"response"`
	Cache    struct{}    `json:"cache"`
	Timings  harTimings  `json:"timings"`
	Comment  string      `json:"comment"`
}

type harRequest struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []harPair `json:"cookies"`
	Headers     []harPair `json:"headers"`
	QueryString []harPair `json:"queryString"`
	PostData    harData   `json:"postData"`
	HeadersSize int       `json:"headersSize"`
	BodySize    int       `json:"bodySize"`
}

type harResponse struct {
	Status      int       `json:"status"`
	StatusText  string    `json:"statusText"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []harPair `json:"cookies"`
	Headers     []harPair `json:"headers"`
	Content     harData   `json:"content"`
	RedirectURL string    `json:"redirectURL"`
	HeadersSize int       `json:"headersSize"`
	BodySize    int       `json:"bodySize"`
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harData struct {
	Size int    `json:"size,omitempty"`
	Type string `json:"mimeType"`
	Text string `json:"text"`
}

// harTimings are in milliseconds.
type harTimings struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

// har gives records as an archive, the oldest first.
func (p *Page) har(records []Record) harLog {
	var archive harLog
	status := p.Status()
	archive.Log.Version = "1.2"
	archive.Log.Creator = harCreator{"Lastpost", status.Version, "ids and tokens are masked"}
	archive.Log.Entries = []harEntry{}
	for _, record := range slices.Backward(records) {
		archive.Log.Entries = append(archive.Log.Entries, record.har(status.endpoint(record.Skill)))
	}
	return archive
}

func (r *Record) har(url string) harEntry {
	milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	const kind = "application/json;charset=UTF-8"
	headers := []harPair{}
	for _, line := range r.lines() {
		headers = append(headers, harPair(line))
	}
	read, write := r.Stages[0].Took, r.Stages[len(r.Stages)-1].Took
	return harEntry{
		Started: r.Began.Format(time.RFC3339Nano), Time: milliseconds(r.Took),
		Request: harRequest{
			Method: http.MethodPost, URL: url, HTTPVersion: "HTTP/1.1", Cookies: []harPair{}, Headers: headers, QueryString: []harPair{},
			PostData: harData{Type: r.Header.Get("Content-Type"), Text: string(r.Request)}, HeadersSize: -1, BodySize: r.RequestSize,
		},
		Response: harResponse{
			Status: r.Status, StatusText: http.StatusText(r.Status), HTTPVersion: "HTTP/1.1", Cookies: []harPair{},
			Headers: []harPair{{"Content-Type", kind}}, Content: harData{len(r.Answer), kind, string(r.Answer)}, HeadersSize: -1, BodySize: r.AnswerSize,
		},
		Timings: harTimings{milliseconds(read), milliseconds(r.Took - read - write), milliseconds(write)},
		Comment: strings.Trim(r.Error+"; "+r.Stated, "; "),
	}
}

func (p *Page) exchangesHAR(w http.ResponseWriter, r *http.Request) {
	wanted := filterOf(r)
	records := slices.DeleteFunc(p.Recorder.Recorded(), func(record Record) bool { return !wanted.takes(&record) })
	download(w, "exchanges.har", p.har(records))
}

func (p *Page) exchangeHAR(w http.ResponseWriter, r *http.Request) {
	if record, ok := p.recordOf(w, r); ok {
		download(w, "exchange-"+r.PathValue("id")+".har", p.har([]Record{record}))
	}
}

func download(w http.ResponseWriter, name string, archive harLog) {
	content, _ := json.MarshalIndent(archive, "", "  ") // strings and numbers always have a text
	give(w, name, content)
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
