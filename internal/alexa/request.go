package alexa

import "encoding/json"

// Envelope is a request as Alexa posts it, with the fields that the service
// uses. Its source is Amazon's "Request and Response JSON Reference".
type Envelope struct {
	Version string
	Session *Session // nil where absent or null, as for AudioPlayer.* and System.ExceptionEncountered
	Context Context
	Request Request
}

// Session is the conversation that the request belongs to.
type Session struct {
	New         bool
	SessionID   string
	Application Application
	Attributes  map[string]json.RawMessage // what the last response's Attributes said; nil where there are none
	User        User
}

// Application names the skill that the request is meant for.
type Application struct {
	ApplicationID string // amzn1.ask.skill.UUID
}

// User is the listener's account, under an id that is another one in each skill.
type User struct {
	UserID      string
	AccessToken string // of the linked account; empty where none is linked
}

// Context is the state of the device when it sent the request.
type Context struct {
	System System
}

// System says which skill, listener and device the request comes from. Every
// request has it, also those without a session.
type System struct {
	Application Application
	User        User
	Device      Device
}

// Device is the device that the listener spoke to.
type Device struct {
	DeviceID            string
	SupportedInterfaces map[string]json.RawMessage // by name; the value is often {}
}

// Supports reports whether the device has an interface, "AudioPlayer" say: its
// key is present, whatever the value.
func (d Device) Supports(iface string) bool {
	_, ok := d.SupportedInterfaces[iface]
	return ok
}

// Request is what the listener, or Alexa itself, wants.
type Request struct {
	Type      string // never empty
	RequestID string
	Timestamp string // ISO 8601, as it was sent: whether it is sound is the guard's to say
	Locale    string
	Intent    Intent // of IntentRequest and CanFulfillIntentRequest
	Reason    string // of SessionEndedRequest
	Error     Error  // of SessionEndedRequest and System.ExceptionEncountered
	Cause     Cause  // of System.ExceptionEncountered
}

// Error is Amazon's complaint about an earlier response, the only place where
// it says what was wrong with it.
type Error struct {
	Type    string
	Message string
}

// Cause names the request whose response made Amazon complain.
type Cause struct {
	RequestID string
}

// Intent is what the listener asked for.
type Intent struct {
	Name  string
	Slots map[string]Slot // an unfilled slot has its key, and no value
}

// Slot is one variable part of what the listener said.
type Slot struct {
	Name   string
	Value  string   // empty where unfilled
	Values []string // from slotValue: one for a simple slot, each one said for a list
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
