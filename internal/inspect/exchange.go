// Package inspect records recent exchanges with Alexa and serves the web page that shows them. The page also shows the
// state of the service, its posts and account links, and has a form that plays Alexa.
//
// The package masks every exchange before it stores it. It holds no secrets and no ids of listeners or devices, only
// short keyed hashes. Equal values have equal hashes. The store is bounded in number and bytes. Observe never blocks a
// request: if the recorder is too slow, it drops exchanges and counts them.
package inspect

import (
	"net/http"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/inspect/present"
)

// An ObservedExchange is one request and its response in clear text. The caller of Recorder.Observe must not use Header,
// Body and Answer afterwards.
type ObservedExchange struct {
	Skill   string
	Test    bool // sent by the page's form, not by Alexa
	Began   time.Time
	Header  http.Header
	Body    []byte
	Request alexa.Request // zero until the request is verified
	Status  int
	Rule    string // broken by a refused request; "": answered
	Err     error  // the full reason of the refusal
	Answer  []byte // also the body of a refusal

	// Duration of each stage; 0: the stage was not reached.
	Read, Verify, Decode, Handle, Encode, Write time.Duration
}

// totalDuration returns the duration of all stages.
func (x *ObservedExchange) totalDuration() time.Duration {
	return x.Read + x.Verify + x.Decode + x.Handle + x.Encode + x.Write
}

// isGenuine reports whether the request passed every check.
func (x *ObservedExchange) isGenuine() bool { return passedEveryCheck(x.Request.Type, x.Rule) }

// passedEveryCheck reports whether a request with this type and broken rule passed every check. A valid signature is not
// enough, because Amazon signs the requests of all skills. An attacker can replay signed requests of another skill here,
// or old requests of this skill.
func passedEveryCheck(kind, rule string) bool {
	return kind != "" && (rule == "" || rule == "internal")
}

// A Record is a stored exchange, with secrets and IDs masked.
type Record struct {
	ID            uint64 // counts records from 1
	Skill         string
	Test          bool
	Began         time.Time
	Header        http.Header
	Request       []byte // masked JSON; nil: the body is not stored
	MissingReason string // why Request is nil
	Answer        []byte
	Status        int
	Rule          string
	Error         string
	Stages        []RequestStage
	Took          time.Duration

	RequestSize, AnswerSize int // bytes

	Type, Intent, Locale string
	RequestID            string
	Slots                []present.SlotValue // slots with a value
	Reason               string              // of a SessionEndedRequest
	AmazonError          alexa.Error
	FailedRequestID      string // the request that AmazonError is about

	ComplaintTarget uint64      // record that AmazonError is about; 0: none, or unknown
	Complaints      []Complaint // errors that Amazon reported about this response
	BrokenRules     []string    // Amazon's rules that the response breaks
	SpokenStart     string      // the first words that Alexa said; "": nothing, or the request was not answered
	answerChecked   bool
}

// A RequestStage is one stage of the handling of a request, such as "verify", and its duration.
type RequestStage struct {
	Name string
	Took time.Duration
}

// A Complaint is an error that Amazon reports about a response. It arrives in a later request.
type Complaint struct {
	ReportedBy uint64 // ID of the record with the report
	Type       string
	Message    string
}

// IsVerified reports whether Alexa signed the request, for this or any other skill.
func (r *Record) IsVerified() bool { return r.Type != "" }

// Outcome returns "answered", "refused" or "failed".
func (r *Record) Outcome() string {
	switch {
	case r.Status >= http.StatusInternalServerError:
		return "failed"
	case r.Rule != "":
		return "refused"
	}
	return "answered"
}

// NeedsAttention reports whether the exchange broke a rule, or Amazon reported an error.
func (r *Record) NeedsAttention() bool {
	return r.Rule != "" || len(r.Complaints) > 0 || len(r.BrokenRules) > 0 || r.AmazonError != (alexa.Error{})
}

// memorySize returns approximately how many bytes the record uses.
func (r *Record) memorySize() int {
	const overhead = 2 << 10
	size := overhead + len(r.Request) + len(r.Answer) + len(r.Error)
	for name, values := range r.Header {
		size += len(name)
		for _, value := range values {
			size += len(value) + 16
		}
	}
	for _, slot := range r.Slots {
		size += len(slot.Name) + len(slot.Value)
	}
	return size + len(r.AmazonError.Message)
}
