package handlers

import (
	"slices"
	"strconv"

	"lastpost/internal/alexa"
	"lastpost/internal/handlers/session"
)

// maxSlots limits the number of slots in an answer. Each intent of the skill has fewer slots, but a forged request may
// have thousands.
const maxSlots = 16

// maxSlotName limits the slot names that an answer repeats, in bytes.
const maxSlotName = 128

// handleCanFulfill answers Alexa's question whether the skill can handle a request in which the listener did not name a
// skill. The answer depends only on the intent and its slots, and is not spoken.
func (t *turn) handleCanFulfill() *alexa.CanFulfill {
	requested := t.Envelope.Request.Intent
	intent, known := t.responder.intentByName(requested.Name)
	answer := &alexa.CanFulfill{Answer: alexa.No, Slots: map[string]alexa.SlotFulfillment{}}
	if known {
		answer.Answer = alexa.Yes
	}
	if _, ok := t.LatestPost(); known && !ok {
		answer.Answer = alexa.Maybe
	}
	for name := range requested.Slots {
		if len(name) > maxSlotName || len(answer.Slots) == maxSlots {
			continue // the answer repeats each slot name; too many names would exceed Amazon's limit
		}
		answer.Slots[name] = alexa.SlotFulfillment{CanUnderstand: alexa.No, CanFulfill: alexa.No}
		has := slices.ContainsFunc(intent.Slots, func(s SlotSpec) bool { return s.Name == name })
		switch {
		case known && has && t.understandsSlot(name):
			answer.Slots[name] = alexa.SlotFulfillment{CanUnderstand: alexa.Yes, CanFulfill: alexa.Yes}
		case known:
			answer.Answer = alexa.Maybe
		}
	}
	return answer
}

// understandsSlot reports whether the value of a slot is usable. An empty value is usable.
func (t *turn) understandsSlot(slot string) bool {
	value := t.SlotValue(slot)
	switch {
	case value == "":
		return true
	case slot == "Date":
		_, err := alexa.ParseDate(value, t.Now, t.Env.Zone)
		return err == nil
	case slot == "Duration":
		_, err := alexa.ParseDuration(value)
		return err == nil
	case slot == "Number":
		number, err := strconv.Atoi(value)
		return err == nil && number > 0
	case slot == "Category":
		name := session.SanitizeText(t.Envelope.Request.Intent.Canonical(slot))
		posts, err := t.ListedPosts(session.PostList{Source: session.SourceCategory, Query: name}, 1)
		return err == nil && len(posts) > 0
	}
	return session.SanitizeText(value) != ""
}
