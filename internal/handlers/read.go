package handlers

import (
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// readPost reads a post aloud: the newest of the period that was asked for, else the one that the conversation is about,
// else the latest.
func (t *turn) readPost() {
	period, said := t.period()
	if said {
		if post, ok := t.skill.Posts.Newest(within(period)); ok {
			t.read(post)
		} else {
			t.tellBefore(period)
		}
		return
	}
	t.readHere()
}

func (t *turn) readHere() {
	switch {
	case t.place.Topic == onList && len(t.place.List.Page) == 1:
		t.chooseRef(t.place.List.Page[0])
	case t.place.Topic == onList:
		t.ask(t.place.Asked.ofList())
	case t.place.Asked == askNext: // it is what was just offered
		t.readNext()
	case t.place.Post != "":
		t.readCurrent()
	default:
		t.readLatest()
	}
}

func (t *turn) readLatest() {
	post, ok := t.latest()
	if !ok {
		t.noPosts()
		return
	}
	t.read(post)
}

// readCurrent reads the post that was just offered.
func (t *turn) readCurrent() {
	if post, ok := t.current(); ok {
		t.read(post)
		return
	}
	t.gone()
}

// gone is for a post that was kept a moment ago, and is no more.
func (t *turn) gone() {
	t.say(phrases.Gone, phrases.Words{})
	t.tellLatest()
}

// read begins to read a post: what it is, and its first part.
func (t *turn) read(post feed.Post) {
	story := t.story(post)
	if story.unread {
		t.about(post, onPost)
		t.unread()
		return
	}
	if len(story.turns) == 0 {
		t.tell(phrases.NoText, post, phrases.Words{})
		return
	}
	named := t.place.Topic == onPost && t.place.Post == refOf(post)
	t.about(post, onText)
	t.response.Speech.Lang(story.locale, sentence(t.title(post)))
	t.say(phrases.From, phrases.Words{Date: t.date(post)})
	t.readPart(story, 1)
	if !named { // when it was, its card was shown
		t.card(story)
	}
	t.screenPost(story, story.turns[0].String())
}

// unread is for a post that the archive has and does not give. The listener may try again from the same place.
func (t *turn) unread() {
	t.say(phrases.Trouble, phrases.Words{})
	t.ask(askElse)
}

// readOn reads the part after the one that was read last.
func (t *turn) readOn() { t.readAgain(t.place.Part + 1) }

// readAgain reads a part of the post that is being read. Where the post was edited since, its parts are others: it begins
// again. Where the part was the last one, the post is at its end.
func (t *turn) readAgain(part int) {
	post, ok := t.current()
	if !ok {
		t.gone()
		return
	}
	story := t.story(post)
	switch {
	case story.unread:
		t.unread()
	case len(story.turns) == 0:
		t.read(post)
	case story.text != t.place.Text:
		t.say(phrases.Edited, phrases.Words{})
		t.read(post)
	case part > len(story.turns):
		t.endOfPost(post)
	default:
		t.readPart(story, part)
		t.screenPost(story, story.turns[part-1].String())
	}
}

// readPart reads one part, and asks whether to go on; behind the last one it says that this was the end.
func (t *turn) readPart(s *story, part int) {
	t.place.Part, t.place.Text = part, s.text
	t.response.Speech.Add(s.turns[part-1].Speech(s.locale))
	if part < len(s.turns) {
		t.ask(askOn)
		return
	}
	t.endOfPost(s.Post)
}

// endOfPost says that a post is at its end, and offers the next.
func (t *turn) endOfPost(p feed.Post) {
	next, ok := t.skill.Posts.Older(p, feed.Filter{})
	if !ok {
		t.say(phrases.EndOfAll, phrases.Words{})
		t.ask(askElse)
		return
	}
	story := t.story(next)
	t.say(phrases.EndOfPost, phrases.Words{Date: t.date(next)})
	t.response.Speech.Lang(story.locale, sentence(t.name(next, story)))
	if len(story.turns) > 0 {
		t.ask(askNext)
		return
	}
	t.about(next, onPost) // what else it offers is about itself
	t.offer(story)
}

// readNext reads the post after the one that was read, also where that one is kept no more.
func (t *turn) readNext() {
	if next, ok := t.skill.Posts.Older(t.anchor(), feed.Filter{}); ok {
		t.read(next)
		return
	}
	t.say(phrases.NoOlder, phrases.Words{})
	t.ask(askElse)
}
