// Package inspect shows what happens: it keeps the last exchanges with Alexa, and has the page that shows them, the
// state of the service, its posts and its account links, and that plays Alexa for whoever wants to ask something.
//
// What it keeps is masked first: no secret and no id of a listener or a device is in its memory, but a short keyed hash
// by which two equal ones are seen to be equal. It is bounded in number and bytes, and out of a request's way: Observe
// never waits, and where it cannot keep up it drops and counts.
package inspect

import (
	"net/http"
	"time"

	"lastpost/internal/alexa"
)

// An Exchange is one request and its answer, as the endpoint saw them. Header, body and answer are the observer's: who
// gives them does not use them again.
type ObservedExchange struct {
	Skill   string
	Test    bool // the page's own form asked, not Alexa
	Began   time.Time
	Header  http.Header
	Body    []byte
	Request alexa.Request // zero until the request was verified
	Status  int
	Rule    string // that a refused request broke; "": it was answered
	Err     error  // why, in full
	Answer  []byte // also that of a refusal

	// How long each stage took; 0: it was not reached.
	Read, Verify, Decode, Handle, Encode, Write time.Duration
}

// took is the time of all stages.
func (x *ObservedExchange) took() time.Duration {
	return x.Read + x.Verify + x.Decode + x.Handle + x.Encode + x.Write
}

// genuine reports whether a request passed every check, as a Record's does.
func (x *ObservedExchange) genuine() bool { return believed(x.Request.Type, x.Rule) }

// believed tells whether a request passed every check. Amazon signs for every skill there is: whoever has one of his own
// has requests with her signature, of another skill or an old one, and may send them here as often as he likes.
func believed(kind, rule string) bool { return kind != "" && (rule == "" || rule == "internal") }

// A Record is an exchange as it is kept, masked.
type Record struct {
	ID      uint64 // in the order of recording, from 1
	Skill   string
	Test    bool
	Began   time.Time
	Header  http.Header
	Request []byte // JSON, masked; nil: it was none
	Stated  string // why there is no request to show
	Answer  []byte
	Status  int
	Rule    string
	Error   string
	Stages  []Stage
	Took    time.Duration

	RequestSize, AnswerSize int // bytes, as they went over the wire

	Type, Intent, Locale string
	RequestID            string
	Slots                []Slot // that were filled
	Reason               string // of a SessionEndedRequest
	Grievance            alexa.Error
	Cause                string // the request id that the grievance names

	About      uint64      // the exchange that the grievance is about; 0: none, or unknown
	Complaints []Complaint // what Amazon said about this one's answer
	Broken     []string    // Amazon's rules that the answer breaks
	examined   bool
}

// A Stage is a part of a request's way, and what it took.
type Stage struct {
	Name string
	Took time.Duration
}

// A Slot is what was said for a variable part of an utterance.
type Slot struct{ Name, Value string }

// A Complaint is Amazon's word about an answer, which comes with a later request.
type Complaint struct {
	By      uint64 // the exchange that brought it
	Type    string
	Message string
}

// Verified tells whether the request was found to be signed by Alexa, for whichever skill.
func (r *Record) Verified() bool { return r.Type != "" }

// Outcome is answered, refused or failed.
func (r *Record) Outcome() string {
	switch {
	case r.Status >= http.StatusInternalServerError:
		return "failed"
	case r.Rule != "":
		return "refused"
	}
	return "answered"
}

// Troubled tells whether there is something about the exchange that wants an eye.
func (r *Record) Troubled() bool {
	return r.Rule != "" || len(r.Complaints) > 0 || len(r.Broken) > 0 || r.Grievance != (alexa.Error{})
}

// size is about how many bytes the record holds.
func (r *Record) size() int {
	const rest = 2 << 10
	size := rest + len(r.Request) + len(r.Answer) + len(r.Error)
	for name, values := range r.Header {
		size += len(name)
		for _, value := range values {
			size += len(value) + 16
		}
	}
	for _, slot := range r.Slots {
		size += len(slot.Name) + len(slot.Value)
	}
	return size + len(r.Grievance.Message)
}
