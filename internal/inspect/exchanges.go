package inspect

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"lastpost/internal/har"
)

// A filter is what the list of exchanges is to show.
type filter struct {
	Skill, Outcome, Who, Words string
}

func filterOf(r *http.Request) filter {
	form := r.URL.Query()
	return filter{form.Get("skill"), form.Get("outcome"), form.Get("who"), strings.TrimSpace(form.Get("words"))}
}

// takes tells whether a record is one to show.
func (f filter) takes(r *Record) bool {
	return (f.Skill == "" || f.Skill == r.Skill) &&
		(f.Outcome == "" || f.Outcome == r.Outcome() || f.Outcome == "troubled" && r.Troubled()) &&
		(f.Who == "" || f.Who == r.Who()) &&
		(f.Words == "" || r.mentions(f.Words))
}

// Who is who asked: alexa, test, or stranger.
func (r *Record) Who() string {
	switch {
	case r.Test:
		return "test"
	case r.Verified():
		return "alexa"
	}
	return "stranger"
}

func (r *Record) mentions(words string) bool {
	words = strings.ToLower(words)
	texts := []string{r.Type, r.Intent, r.Locale, r.RequestID, r.Rule, r.Error, string(r.Request), string(r.Answer)}
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(strings.ToLower(text), words) })
}

// Title is what was asked, in a few words.
func (r *Record) Title() string {
	title := cmp.Or(r.Intent, r.Type)
	if title == "" {
		return "not verified"
	}
	for _, slot := range r.Slots {
		title += fmt.Sprintf(" %s=%s", slot.Name, slot.Value)
	}
	if r.Reason != "" {
		title += " " + r.Reason
	}
	return title
}

func (p *Page) exchanges(w http.ResponseWriter, r *http.Request) {
	all := p.Recorder.Records()
	archive := url.URL{Path: "/exchanges.har", RawQuery: r.URL.RawQuery}
	view := struct {
		Filter  filter
		Records []Record
		All     int
		Skills  []SkillStatus
		HAR     string // the address of all that the filter takes, as an archive
		Dropped uint64
	}{Filter: filterOf(r), All: len(all), Skills: p.Status().Skills, HAR: archive.String(), Dropped: p.Recorder.Dropped()}
	view.Records = slices.DeleteFunc(all, func(record Record) bool { return !view.Filter.takes(&record) })
	p.show(w, http.StatusOK, "exchanges", view)
}

// detail is one exchange on a page of its own.
type detail struct {
	*Record
	Curl   string
	Lines  []har.Pair
	Bars   []bar
	Limits []limit
}

func (p *Page) exchange(w http.ResponseWriter, r *http.Request) {
	record, ok := p.recordOf(w, r)
	if !ok {
		return
	}
	curl := record.curl(p.Status().endpoint(record.Skill))
	p.show(w, http.StatusOK, "exchange", detail{&record, curl, record.lines(), record.bars(), record.limits()})
}

// recordOf gives the record that a path names, or says that there is none.
func (p *Page) recordOf(w http.ResponseWriter, r *http.Request) (Record, bool) {
	id, _ := strconv.ParseUint(r.PathValue("id"), 10, 64) // what is no number is no record's
	record, ok := p.Recorder.Record(id)
	if !ok {
		p.missing(w, "This exchange is not kept any more: only the last ones are.")
		return record, false
	}
	return record, true
}

// lines are the headers of the request, by name, as Amazon writes it.
func (r *Record) lines() (lines []har.Pair) {
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

// A bar is a stage in the drawing of an exchange's time, in thousandths of its width.
type bar struct {
	Stage
	From, Width int
	Number      int
}

func (r *Record) bars() (bars []bar) {
	if r.Took <= 0 {
		return nil
	}
	var before time.Duration
	for i, stage := range r.Stages {
		from, to := int(1000*before/r.Took), int(1000*(before+stage.Took)/r.Took)
		bars = append(bars, bar{stage, from, max(to-from, 0), i})
		before += stage.Took
	}
	return bars
}

// A limit is one of Amazon's, and how much of it the answer uses.
type limit struct {
	Name       string
	Used, Most int
	Unit       string
}

// limits measures the answer as Amazon does ("Response format"): bytes of the whole, characters of each text.
func (r *Record) limits() []limit {
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
	return []limit{
		{"The answer", r.AnswerSize, 24 << 10, "bytes"},
		{"Speech, markup included", ssmlLength(read.Response.OutputSpeech), 8000, "characters"},
		{"Reprompt", ssmlLength(read.Response.Reprompt), 8000, "characters"},
		{"Card", units(card.Title + card.Content + card.Text), 8000, "characters"},
		{"Session attributes", len(read.SessionAttributes), 24 << 10, "bytes"},
	}
}

// ssmlLength finds the SSML in a speech or a reprompt.
func ssmlLength(part json.RawMessage) int {
	var read struct {
		SSML         string
		OutputSpeech struct{ SSML string }
	}
	_ = json.Unmarshal(part, &read) // where there is none, its length is 0
	return units(read.SSML + read.OutputSpeech.SSML)
}

// units counts as Amazon's Java does: a character beyond the basic plane is two.
func units(text string) int { return len(utf16.Encode([]rune(text))) }

// curl is the request as a command. What was masked stays so: it is for looking at a request in one's own time, and a
// service that is well refuses it.
func (r *Record) curl(url string) string {
	var command strings.Builder
	command.WriteString("curl " + quoted(url))
	for _, line := range r.lines() {
		if line.Name == "Content-Length" || line.Name == "Connection" || line.Name == "Accept-Encoding" {
			continue // curl's own
		}
		command.WriteString(" \\\n  -H " + quoted(line.Name+": "+line.Value))
	}
	if r.Request != nil {
		command.WriteString(" \\\n  --data-binary " + quoted(string(bytes.TrimSpace(r.Request))))
	} else {
		command.WriteString(" \\\n  -X POST") // as it was, though its body was not kept
	}
	return command.String()
}

// quoted is one word to a shell, whatever is in it.
func quoted(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
