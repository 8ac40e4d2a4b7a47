package inspect

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"lastpost/internal/har"
	"lastpost/internal/inspect/present"
)

// An exchangeFilter selects the exchanges in the list. An empty field matches all.
type exchangeFilter struct {
	Skill, Outcome, Sender, Query string
}

func parseFilter(r *http.Request) exchangeFilter {
	form := r.URL.Query()
	return exchangeFilter{form.Get("skill"), form.Get("outcome"), form.Get("sender"), strings.TrimSpace(form.Get("words"))}
}

// matches reports whether the list shows the record.
func (f exchangeFilter) matches(r *Record) bool {
	return (f.Skill == "" || f.Skill == r.Skill) &&
		(f.Outcome == "" || f.Outcome == r.Outcome() || f.Outcome == "attention" && r.NeedsAttention()) &&
		(f.Sender == "" || f.Sender == r.Sender()) &&
		(f.Query == "" || r.containsText(f.Query))
}

// Sender returns "alexa", "test" or "unverified".
func (r *Record) Sender() string {
	switch {
	case r.Test:
		return "test"
	case r.IsVerified():
		return "alexa"
	}
	return "unverified"
}

// containsText reports whether the record contains words. It ignores upper and lower case.
func (r *Record) containsText(words string) bool {
	words = strings.ToLower(words)
	texts := []string{r.Type, r.Intent, r.Locale, r.RequestID, r.Rule, r.Error, string(r.Request), string(r.Answer)}
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(strings.ToLower(text), words) })
}

// heard describes the request for a blog in a zone.
func (r *Record) heard(zone *time.Location) string {
	if !r.IsVerified() {
		return "Not verified"
	}
	return present.HeardRequest{Type: r.Type, Intent: r.Intent, Slots: r.Slots, Reason: r.Reason, Began: r.Began, Zone: zone}.Heard()
}

// An exchangeRow is an exchange in the list.
type exchangeRow struct {
	Record
	Heard string
	Zone  *time.Location
}

func (p *Page) listExchanges(w http.ResponseWriter, r *http.Request) {
	all, status := p.Recorder.Records(), p.Status()
	archive := url.URL{Path: "/exchanges.har", RawQuery: r.URL.RawQuery}
	view := struct {
		Filter  exchangeFilter
		Rows    []exchangeRow
		All     int
		Skills  []SkillStatus
		HAR     string // URL of the HAR file with all matching exchanges
		Dropped uint64
	}{Filter: parseFilter(r), All: len(all), Skills: status.Skills, HAR: archive.String(), Dropped: p.Recorder.Dropped()}
	for _, record := range all {
		if view.Filter.matches(&record) {
			zone := status.zone(record.Skill)
			view.Rows = append(view.Rows, exchangeRow{record, record.heard(zone), zone})
		}
	}
	p.renderPage(w, http.StatusOK, "exchanges", view)
}

// An exchangeView is the data of the page of one exchange.
type exchangeView struct {
	*Record
	Heard, Spoken, Reprompt string
	Zone                    *time.Location
	Failed                  Step // the step that the request did not pass; its verdict is "" if there is none
	Curl                    string
	Lines                   []har.Pair
	Bars                    []timingBar
	Limits                  []limitUsage
}

func (p *Page) showExchange(w http.ResponseWriter, r *http.Request) {
	record, ok := p.findRecord(w, r)
	if !ok {
		return
	}
	status := p.Status()
	zone := status.zone(record.Skill)
	view := exchangeView{
		Record: &record, Heard: record.heard(zone), Zone: zone, Curl: record.curlCommand(status.endpointURL(record.Skill)),
		Lines: record.headerLines(), Bars: record.timingBars(), Limits: record.limitUsages(),
	}
	if record.Outcome() == "answered" {
		view.Spoken, view.Reprompt = present.Spoken(record.Answer), present.Reprompt(record.Answer)
	}
	for _, step := range record.Steps() {
		if step.Verdict == Failed {
			view.Failed = step
		}
	}
	p.renderPage(w, http.StatusOK, "exchange", view)
}

// findRecord returns the record whose ID is in the path. If it is not stored, findRecord writes a "not found" page and
// returns false.
func (p *Page) findRecord(w http.ResponseWriter, r *http.Request) (Record, bool) {
	id, _ := strconv.ParseUint(r.PathValue("id"), 10, 64) // 0 is not the ID of a record
	record, ok := p.Recorder.Record(id)
	if !ok {
		p.showNotFound(w, "This exchange is no longer stored. Only recent exchanges are.")
		return record, false
	}
	return record, true
}

// headerLines returns the request headers sorted by name, in Amazon's spelling.
func (r *Record) headerLines() (lines []har.Pair) {
	for name, values := range r.Header {
		if name == "Signaturecertchainurl" {
			name = "SignatureCertChainUrl"
		}
		for _, value := range values {
			lines = append(lines, har.Pair{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(lines, func(a, b har.Pair) int { return cmp.Compare(a.Name, b.Name) })
	return lines
}

// A timingBar is a stage in the timing chart. Positions are in thousandths of the chart's width.
type timingBar struct {
	RequestStage
	From, Width int
	Number      int
}

func (r *Record) timingBars() (bars []timingBar) {
	if r.Took <= 0 {
		return nil
	}
	var before time.Duration
	for i, stage := range r.Stages {
		from, to := int(1000*before/r.Took), int(1000*(before+stage.Took)/r.Took)
		bars = append(bars, timingBar{stage, from, max(to-from, 0), i})
		before += stage.Took
	}
	return bars
}

// A limitUsage is one of Amazon's limits, and how much of it the response uses.
type limitUsage struct {
	Name      string
	Used, Max int
	Unit      string
}

// limitUsages returns how much of each of Amazon's limits the response uses. Amazon limits the whole response in bytes
// and each text in characters (documentation page "Response format").
func (r *Record) limitUsages() []limitUsage {
	if r.Outcome() != "answered" {
		return nil
	}
	var read struct {
		SessionAttributes json.RawMessage
		Response          struct {
			OutputSpeech, Reprompt json.RawMessage
			Card                   struct{ Title, Content, Text string }
		}
	}
	_ = json.Unmarshal(r.Answer, &read)
	card := read.Response.Card
	return []limitUsage{
		{"Response", r.AnswerSize, 24 << 10, "bytes"},
		{"Speech including markup", ssmlLength(read.Response.OutputSpeech), 8000, "characters"},
		{"Reprompt", ssmlLength(read.Response.Reprompt), 8000, "characters"},
		{"Card", countUTF16(card.Title + card.Content + card.Text), 8000, "characters"},
		{"Session attributes", len(read.SessionAttributes), 24 << 10, "bytes"},
	}
}

// ssmlLength returns the number of characters of the SSML in an outputSpeech or a reprompt.
func ssmlLength(part json.RawMessage) int {
	var read struct {
		SSML         string
		OutputSpeech struct{ SSML string }
	}
	_ = json.Unmarshal(part, &read) // without SSML the length is 0
	return countUTF16(read.SSML + read.OutputSpeech.SSML)
}

// countUTF16 counts characters as Amazon's Java code does: a character beyond U+FFFF, such as an emoji, counts as two.
func countUTF16(text string) int { return len(utf16.Encode([]rune(text))) }

// curlCommand returns a curl command that sends the request again. Masked values stay masked, so the signature does not
// match, and a correct service refuses the request.
func (r *Record) curlCommand(url string) string {
	var command strings.Builder
	command.WriteString("curl " + shellQuote(url))
	for _, line := range r.headerLines() {
		if line.Name == "Content-Length" || line.Name == "Connection" || line.Name == "Accept-Encoding" {
			continue // curl sets these headers itself
		}
		command.WriteString(" \\\n  -H " + shellQuote(line.Name+": "+line.Value))
	}
	if r.Request != nil {
		command.WriteString(" \\\n  --data-binary " + shellQuote(string(bytes.TrimSpace(r.Request))))
	} else {
		command.WriteString(" \\\n  -X POST") // the body is not stored, but the method was POST
	}
	return command.String()
}

// shellQuote quotes text as one word for a shell. Without it, header values of an attacker could inject commands.
func shellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
