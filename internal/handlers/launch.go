package handlers

import (
	"lastpost/internal/feed"
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// handleLaunch greets the listener, and offers the newest post or does what the operator chose. It does so in the same
// answer, because newer devices send only "open Half Elf" to a skill.
func (t *turn) handleLaunch() conversation.Answer {
	a := t.launch()
	if a.State.Focus != session.FocusList || t.Env.Settings.Launch != "list" {
		a.State.List = nil // a launch begins a new conversation
	}
	return t.greet().FollowedBy(a)
}

// launch returns the answer to a launch, without a greeting.
func (t *turn) launch() conversation.Answer {
	latest, ok := t.LatestPost()
	if !ok {
		return t.SayNoPosts()
	}
	switch t.Env.Settings.Launch {
	case "read":
		if len(t.Render(latest).Turns) > 0 {
			return t.startReading(latest)
		}
	case "play":
		if episode, ok := t.newestPlayable(); ok {
			return t.PlayEpisode(episode)
		}
	case "list":
		if count, _ := t.Env.Posts.Count(feed.Filter{}); count > 1 {
			return t.listNewest()
		}
	}
	return t.offerLatest(latest)
}

// greet says the operator's greeting, or greets a returning listener shortly and others with the blog's name.
func (t *turn) greet() conversation.Answer {
	switch {
	case t.Env.Settings.Greeting != "":
		return t.SayOwnWords(t.Env.Settings.Greeting)
	case t.State.Since != "":
		return t.Say(phrases.WelcomeBack, phrases.Params{})
	}
	return t.Say(phrases.Greeting, phrases.Params{})
}

// offerLatest says how many posts are new to the listener, tells the newest post with its first sentence, and asks the
// most useful question.
func (t *turn) offerLatest(latest feed.Post) conversation.Answer {
	switch news := t.CountNew(); {
	case news > 0:
		return t.offer(phrases.LaunchNew, latest, phrases.Params{Count: news})
	case t.State.Since != "":
		return t.Say(phrases.NothingNew, phrases.Params{}).FollowedBy(t.offer(phrases.Latest, latest, phrases.Params{}))
	}
	return t.offer(phrases.Latest, latest, phrases.Params{})
}

// offer announces a post with its first sentence.
func (t *turn) offer(message phrases.Message, p feed.Post, params phrases.Params) conversation.Answer {
	a, rendered := t.Announce(message, p, params), t.Render(p)
	if rendered.Beginning == "" {
		return a
	}
	return a.QuoteText(rendered.Voice, rendering.EndSentence(rendered.Beginning))
}

// newestPlayable returns the newest episode that the device can play.
func (t *turn) newestPlayable() (feed.Post, bool) {
	episode, ok := t.Env.Posts.Newest(feed.Filter{Episodes: true})
	if !ok || !t.SupportsAudio() || t.Render(episode).IsPlayable() {
		return episode, ok && t.SupportsAudio()
	}
	return t.NearestPlayable(episode, t.Env.Posts.Older)
}
