package handlers

import (
	"time"

	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// next goes on to what is next of what the conversation is about: the next older episode while one is played, the next
// page of a list, the next older post.
func (t *turn) next() {
	switch {
	case t.hasEpisode():
		t.skipEpisode(t.skill.Posts.Older, phrases.NoOlderEpisode)
	case t.place.Topic == onList:
		t.nextPage()
	case t.place.Asked == askNext: // "the next post" was just named
		t.readNext()
	default:
		t.older()
	}
}

// previous goes back likewise: previous is newer.
func (t *turn) previous() {
	switch {
	case t.hasEpisode():
		t.skipEpisode(t.skill.Posts.Newer, phrases.NoNewerEpisode)
	case t.place.Topic == onList:
		t.previousPage()
	default:
		t.move(t.skill.Posts.Newer, phrases.Newer, phrases.NoNewer)
	}
}

// older goes to the next older post.
func (t *turn) older() { t.move(t.skill.Posts.Older, phrases.Older, phrases.NoOlder) }

// goOn is for "continue": on with the text or the list, also where something else was asked meanwhile.
func (t *turn) goOn() {
	switch {
	case t.place.Asked == askNext:
		t.readNext()
	case t.place.Topic == onText:
		t.readOn()
	case t.place.Topic == onList:
		t.nextPage()
	default:
		t.resume()
	}
}

// A step goes from a post to the nearest one in a direction that a filter selects.
type step = func(feed.Post, feed.Filter) (feed.Post, bool)

// move goes from the post that the conversation is about to a neighbour. Where it is about none yet, it begins.
func (t *turn) move(to step, message, none phrases.Message) {
	if t.place.Post == "" {
		t.tellLatest()
		return
	}
	neighbour, ok := to(t.anchor(), feed.Filter{})
	if !ok {
		t.say(none, phrases.Words{})
		t.ask(askElse)
		return
	}
	t.tell(message, neighbour, phrases.Words{})
}

// anchor gives the post that the conversation is about; where it is kept no more, its instant, which has neighbours too.
func (t *turn) anchor() feed.Post {
	if post, ok := t.current(); ok {
		return post
	}
	second, _, _ := t.place.Post.parts() // a place has no refs but those
	return feed.Post{Published: time.Unix(second, 0)}
}

// repeat says again what was said last.
func (t *turn) repeat() {
	switch {
	case t.hasEpisode():
		t.playAgain()
	case t.place.Topic == onList:
		t.again(t.place.List.First)
	case t.place.Topic == onText:
		t.readAgain(t.place.Part)
	default:
		t.tellHere()
	}
}

// tellHere names the post that the conversation is about once more, or the latest where it is about none yet.
func (t *turn) tellHere() {
	post, kept := t.current()
	latest, _ := t.latest()
	switch {
	case t.place.Post != "" && !kept:
		t.gone()
	case post.ID == latest.ID || !kept:
		t.tellLatest()
	default:
		t.tell(phrases.ThePost, post, phrases.Words{})
	}
}

// startOver begins again: the episode, the list, the post that is being read, or else with the latest.
func (t *turn) startOver() {
	switch {
	case t.hasEpisode():
		t.playAgain()
	case t.place.Topic == onList:
		t.relist()
	case t.place.Topic == onText:
		t.readCurrent()
	default:
		t.tellLatest()
	}
}
