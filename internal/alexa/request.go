package alexa

import (
	"encoding/json"
	"time"
)

// Envelope is a request as Alexa posts it, with the fields that the service
// uses. Its source is Amazon's "Request and Response JSON Reference".
type Envelope struct {
	Version string   `json:"version"`
	Session *Session `json:"session"` // nil where absent or null, as for AudioPlayer.* and System.ExceptionEncountered
	Context Context  `json:"context"`
	Request Request  `json:"request"`
}

// Session is the conversation that the request belongs to.
type Session struct {
	New         bool                       `json:"new"`
	SessionID   string                     `json:"sessionId"`
	Application Application                `json:"application"`
	Attributes  map[string]json.RawMessage `json:"attributes"` // what the last response's Attributes said; nil where there are none
	User        User                       `json:"user"`
}

// Application names the skill that the request is meant for.
type Application struct {
	ApplicationID string `json:"applicationId"` // amzn1.ask.skill.UUID
}

// User is the listener's account, under an id that is another one in each skill.
type User struct {
	UserID      string `json:"userId"`
	AccessToken string `json:"accessToken"` // of the linked account; empty where none is linked
}

// Context is the state of the device when it sent the request.
type Context struct {
	System      System   `json:"System"`
	AudioPlayer Playback `json:"AudioPlayer"`
}

// Playback is what the device plays, or played last, of this skill. It is zero
// where the device has no AudioPlayer, or says nothing of it.
type Playback struct {
	Token    string        `json:"token"`                // of the Play that began it; empty where nothing of the skill was ever played
	Offset   time.Duration `json:"offsetInMilliseconds"` // how far it came; see Request.Offset
	Activity string        `json:"playerActivity"`       // PLAYING, PAUSED, STOPPED, FINISHED, IDLE or BUFFER_UNDERRUN
}

// System says which skill, listener and device the request comes from. Every
// request has it, also those without a session.
type System struct {
	Application Application `json:"application"`
	User        User        `json:"user"`
	Device      Device      `json:"device"`
}

// Device is the device that the listener spoke to.
type Device struct {
	DeviceID            string                     `json:"deviceId"`
	SupportedInterfaces map[string]json.RawMessage `json:"supportedInterfaces"` // by name; the value is often {}
}

// Supports reports whether the device has an interface, "AudioPlayer" say: its key is present, whatever the value.
func (d Device) Supports(iface string) bool {
	_, ok := d.SupportedInterfaces[iface]
	return ok
}

// Request is what the listener, or Alexa itself, wants.
type Request struct {
	Type      string `json:"type"` // never empty
	RequestID string `json:"requestId"`
	Timestamp string `json:"timestamp"` // ISO 8601, as it was sent: whether it is sound is the guard's to say
	Locale    string `json:"locale"`
	Intent    Intent `json:"intent"` // of IntentRequest and CanFulfillIntentRequest
	Reason    string `json:"reason"` // of SessionEndedRequest
	Error     Error  `json:"error"`  // of SessionEndedRequest, System.ExceptionEncountered and AudioPlayer.PlaybackFailed
	Cause     Cause  `json:"cause"`  // of System.ExceptionEncountered

	// Token is that of the Play or the Screen that an AudioPlayer.* request or
	// an Alexa.Presentation.APL.UserEvent is about.
	Token string `json:"token"`

	// Offset is how far an AudioPlayer.* request's stream has come, in whole milliseconds: a fraction is cut off. What
	// is negative, or more than a Duration holds, is zero, as what is no number is.
	Offset time.Duration `json:"offsetInMilliseconds"`

	// Arguments are those of an Alexa.Presentation.APL.UserEvent: its strings, and its numbers as they are written.
	// What is neither is left out, and so is what comes after sixteen of them.
	Arguments []string `json:"arguments"`
}

// Error is Amazon's complaint about an earlier response, the only place where it says what was wrong with it.
type Error struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

// Cause names the request whose response made Amazon complain.
type Cause struct {
	RequestID string `json:"requestId"`
}

// Intent is what the listener asked for.
type Intent struct {
	Name  string          `json:"name"`
	Slots map[string]Slot `json:"slots"` // an unfilled slot has its key, and no value
}

// Slot is one variable part of what the listener said.
type Slot struct {
	Name   string
	Value  string   // empty where unfilled
	Values []string // from slotValue: one for a simple slot, each one said for a list

	// Resolved are the names of the slot type's values that what was said stands
	// for, as far as Alexa found any, the likeliest of each authority first.
	Resolved []string
}

// Slot gives what was said for a slot: its value, else the first of its values,
// else "". A slot that the request lacks is an unfilled one.
func (i Intent) Slot(name string) string {
	slot := i.Slots[name]
	if slot.Value == "" && len(slot.Values) > 0 {
		return slot.Values[0]
	}
	return slot.Value
}

// Canonical gives what a slot stands for: the first name that its value was
// resolved to, else what was said, as [Intent.Slot] does.
func (i Intent) Canonical(name string) string {
	if resolved := i.Slots[name].Resolved; len(resolved) > 0 {
		return resolved[0]
	}
	return i.Slot(name)
}
