package handlers

import (
	"slices"
	"strconv"

	"lastpost/internal/alexa"
)

// maxSlots is how many slots an answer tells of. No intent of ours has so many, and a request may have thousands.
const maxSlots = 16

// maxSlotName is the longest name of a slot that an answer repeats, in bytes.
const maxSlotName = 128

// handleCanFulfill answers whether a request without the skill's name could be this skill's: without speech, and only about
// what the intent has.
func (t *turn) handleCanFulfill() *alexa.CanFulfill {
	said := t.envelope.Request.Intent
	intent, known := t.responder.intentByName(said.Name)
	answer := &alexa.CanFulfill{Answer: alexa.No, Slots: map[string]alexa.SlotFulfillment{}}
	if known {
		answer.Answer = alexa.Yes
	}
	if _, ok := t.latestPost(); known && !ok {
		answer.Answer = alexa.Maybe
	}
	for name := range said.Slots {
		if len(name) > maxSlotName || len(answer.Slots) == maxSlots {
			continue // an answer repeats the name of each, and is no longer than Alexa takes
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

// understandsSlot tells whether what was said for a slot makes sense; nothing at all does.
func (t *turn) understandsSlot(slot string) bool {
	value := t.slotValue(slot)
	switch {
	case value == "":
		return true
	case slot == "Date":
		_, err := alexa.ParseDate(value, t.now, t.responder.Zone)
		return err == nil
	case slot == "Number":
		number, err := strconv.Atoi(value)
		return err == nil && number > 0
	case slot == "Category":
		posts, err := t.listedPosts(postList{Source: sourceCategory, Query: sanitizeText(t.envelope.Request.Intent.Canonical(slot))}, 1)
		return err == nil && len(posts) > 0
	}
	return sanitizeText(value) != ""
}
