package alexa

import (
	"encoding/json"
	"time"
)

// Envelope is the JSON body of a request, with the fields that the service uses (Amazon: "Request and Response JSON
// Reference").
type Envelope struct {
	Version string   `json:"version"`
	Session *Session `json:"session"` // nil if absent or null, as for AudioPlayer.* and System.ExceptionEncountered
	Context Context  `json:"context"`
	Request Request  `json:"request"`
}

// Session is the session of a request.
type Session struct {
	New         bool                       `json:"new"`
	SessionID   string                     `json:"sessionId"`
	Application Application                `json:"application"`
	Attributes  map[string]json.RawMessage `json:"attributes"` // the Attributes of the last response; nil if it had none
	User        User                       `json:"user"`
}

// Application identifies the skill that the request is for.
type Application struct {
	ApplicationID string `json:"applicationId"` // amzn1.ask.skill.UUID
}

// User is the listener's account. Each skill gets a different id for the same account.
type User struct {
	UserID      string `json:"userId"`
	AccessToken string `json:"accessToken"` // of the linked account; empty without a linked account
}

// Context is the state of the device when it sent the request.
type Context struct {
	System      System   `json:"System"`
	AudioPlayer Playback `json:"AudioPlayer"`
}

// Playback is the state of the device's player: the stream of this skill that it plays or played last. It is zero if
// the device does not have an AudioPlayer or does not send its state.
type Playback struct {
	Token    string        `json:"token"`                // token of the Play that started the stream; empty if none was ever played
	Offset   time.Duration `json:"offsetInMilliseconds"` // position in the stream; see Request.Offset
	Activity string        `json:"playerActivity"`       // PLAYING, PAUSED, STOPPED, FINISHED, IDLE or BUFFER_UNDERRUN
}

// System identifies the skill, the listener and the device. Every request has these, even without a session.
type System struct {
	Application Application `json:"application"`
	User        User        `json:"user"`
	Person      Person      `json:"person"`
	Device      Device      `json:"device"`
}

// Person is the person of the account whose voice Alexa recognized. Alexa sends it only to a skill with the permission
// alexa::person_id:read, and only if the person allows it.
type Person struct {
	PersonID string `json:"personId"` // each skill gets a different id for the same person; empty for an unknown voice
}

// Device is the listener's device.
type Device struct {
	DeviceID            string                     `json:"deviceId"`
	SupportedInterfaces map[string]json.RawMessage `json:"supportedInterfaces"` // by name; the value is often {}
}

// Supports reports whether the device has an interface, such as "AudioPlayer". Only the presence of the key matters.
func (d Device) Supports(iface string) bool {
	_, ok := d.SupportedInterfaces[iface]
	return ok
}

// Request is the request of the listener or of Alexa itself.
type Request struct {
	Type      string    `json:"type"` // never empty
	RequestID string    `json:"requestId"`
	Timestamp Timestamp `json:"timestamp"`
	Locale    string    `json:"locale"`
	Intent    Intent    `json:"intent"` // of IntentRequest and CanFulfillIntentRequest
	Reason    string    `json:"reason"` // of SessionEndedRequest
	Error     Error     `json:"error"`  // of SessionEndedRequest, System.ExceptionEncountered and AudioPlayer.PlaybackFailed
	Cause     Cause     `json:"cause"`  // of System.ExceptionEncountered

	// Errors are the errors of an Alexa.Presentation.APL.RuntimeError: at most eight.
	Errors []RuntimeError `json:"errors"`

	// Token identifies the Play or the Screen that an AudioPlayer.* request or an Alexa.Presentation.APL.UserEvent is
	// about.
	Token string `json:"token"`

	// Offset is the position in an AudioPlayer.* request's stream, in whole milliseconds. It is zero if the request's
	// value is negative, too large for a Duration, or not a number.
	Offset time.Duration `json:"offsetInMilliseconds"`

	// Arguments are the arguments of an Alexa.Presentation.APL.UserEvent: at most sixteen strings and numbers. A number
	// keeps its spelling in the JSON. Values of other types are left out.
	Arguments []string `json:"arguments"`
}

// A Timestamp is the time of a request, as ISO 8601. It is unchecked: package verify checks it. In JSON it is a text or a
// whole number of milliseconds since 1970: some of Amazon's test tools have sent the number. A number of another form
// keeps its spelling, so that the check refuses it.
type Timestamp string

// RuntimeError is an error of a device that showed a Screen.
type RuntimeError struct {
	Type    string `json:"type"`   // such as LIST_ERROR
	Reason  string `json:"reason"` // such as INVALID_OPERATION
	Message string `json:"message"`
}

// Error is Amazon's error about an earlier response. Amazon does not report these errors elsewhere.
type Error struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

// Cause identifies the request whose response caused the error.
type Cause struct {
	RequestID string `json:"requestId"`
}

// Intent is the listener's intent.
type Intent struct {
	Name  string          `json:"name"`
	Slots map[string]Slot `json:"slots"` // an unfilled slot has a key but not a value
}

// Slot is a variable part of the listener's words, such as a date.
type Slot struct {
	Name   string
	Value  string   // empty if unfilled
	Values []string // from slotValue: one value for a simple slot, several for a list

	// Resolved are the names of the slot type's values that Alexa matched, most likely first within each authority.
	Resolved []string
}

// Slot returns the words that the listener said for a slot: its Value, or else the first of its Values. It returns ""
// for an unfilled or missing slot.
func (i Intent) Slot(name string) string {
	slot := i.Slots[name]
	if slot.Value == "" && len(slot.Values) > 0 {
		return slot.Values[0]
	}
	return slot.Value
}

// Canonical returns the first resolved name of a slot, or the listener's words if Alexa did not resolve them.
func (i Intent) Canonical(name string) string {
	if resolved := i.Slots[name].Resolved; len(resolved) > 0 {
		return resolved[0]
	}
	return i.Slot(name)
}
