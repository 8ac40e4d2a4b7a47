package handlers

import (
	"lastpost/internal/alexa"
	"lastpost/internal/phrases"
)

// An Intent is something that a listener can want. To add one: a line in the table, and its handler.
type Intent struct {
	Name   string
	Slots  []Slot
	handle func(*turn) *alexa.Response
}

// A Slot is a variable part of an intent's utterances.
type Slot struct {
	Name, Type string
}

// dateSlot is what the listener said of a time. Every intent about posts has it.
var dateSlot = Slot{Name: "Date", Type: "AMAZON.DATE"}

// Intents is the one table of intents: what Alexa is taught and what is answered.
func Intents() []Intent {
	return []Intent{
		{Name: "LastPostIntent", Slots: []Slot{dateSlot}, handle: (*turn).lastPost},
		{Name: "AMAZON.HelpIntent", handle: (*turn).help},
		{Name: "AMAZON.FallbackIntent", handle: (*turn).fallback},
		{Name: "AMAZON.StopIntent", handle: (*turn).stop},
		{Name: "AMAZON.CancelIntent", handle: (*turn).stop},
		{Name: "AMAZON.NavigateHomeIntent", handle: (*turn).stop},
	}
}

// find gives the intent of a name; false for one that the interaction model has and this version does not.
func find(name string) (Intent, bool) {
	for _, intent := range Intents() {
		if intent.Name == name {
			return intent, true
		}
	}
	return Intent{}, false
}

func (t *turn) intent() *alexa.Response {
	intent, ok := find(t.envelope.Request.Intent.Name)
	if !ok {
		return t.fallback()
	}
	return intent.handle(t)
}

// canFulfill answers whether a request without the skill's name could be this skill's: without speech, and only about
// what the intent has.
func (t *turn) canFulfill() *alexa.Response {
	said := t.envelope.Request.Intent
	intent, known := find(said.Name)
	answer := &alexa.CanFulfill{Answer: alexa.No, Slots: map[string]alexa.SlotFulfillment{}}
	if known {
		answer.Answer = alexa.Yes
	}
	if _, ok := t.skill.Posts.Latest(); known && !ok {
		answer.Answer = alexa.Maybe
	}
	for name := range said.Slots {
		understood := known && intent.has(name) && t.understands(said.Slot(name))
		answer.Slots[name] = fulfillment(understood)
		if known && !understood {
			answer.Answer = alexa.Maybe
		}
	}
	return &alexa.Response{CanFulfill: answer}
}

func (i Intent) has(slot string) bool {
	for _, s := range i.Slots {
		if s.Name == slot {
			return true
		}
	}
	return false
}

// understands tells whether a date was understood; none at all is the latest post.
func (t *turn) understands(date string) bool {
	_, err := alexa.ParseDate(date, t.now, t.skill.Zone)
	return date == "" || err == nil
}

func fulfillment(understood bool) alexa.SlotFulfillment {
	if understood {
		return alexa.SlotFulfillment{CanUnderstand: alexa.Yes, CanFulfill: alexa.Yes}
	}
	return alexa.SlotFulfillment{CanUnderstand: alexa.No, CanFulfill: alexa.No}
}

// help explains and asks, and listens on.
func (t *turn) help() *alexa.Response {
	return t.explain(phrases.Help)
}

func (t *turn) fallback() *alexa.Response {
	return t.explain(phrases.Fallback)
}

func (t *turn) explain(message phrases.Message) *alexa.Response {
	question := t.say(phrases.WhatNow, phrases.Words{})
	r := &alexa.Response{Speech: alexa.Say(t.say(message, phrases.Words{}))}
	return ask(r, question, t.say(phrases.AskDayAgain, phrases.Words{}))
}

func (t *turn) stop() *alexa.Response {
	return t.end(&alexa.Response{Speech: alexa.Say(t.say(phrases.Goodbye, phrases.Words{}))})
}
