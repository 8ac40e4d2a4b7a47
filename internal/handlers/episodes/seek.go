package episodes

import (
	"strconv"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/playback"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// defaultSkip is how far a request skips that does not say how far.
const defaultSkip = 30 * time.Second

// HandleSkipForward plays the episode from a later position. The device ends it if the position is behind its end.
func (t *Dialog) HandleSkipForward() conversation.Answer { return t.skip(1) }

// HandleSkipBack plays the episode from an earlier position.
func (t *Dialog) HandleSkipBack() conversation.Answer { return t.skip(-1) }

func (t *Dialog) skip(direction time.Duration) conversation.Answer {
	distance, err := defaultSkip, error(nil)
	if value := t.SlotValue("Duration"); value != "" {
		distance, err = alexa.ParseDuration(value)
	}
	if err != nil {
		return t.seek(phrases.HowFar, nil)
	}
	return t.seek("", func(at time.Duration) time.Duration { return at + direction*min(distance, playback.MaxPosition) })
}

// HandleSeek plays the episode from a position: "start at minute ten", or "start at ten minutes".
func (t *Dialog) HandleSeek() conversation.Answer {
	position, err := alexa.ParseDuration(t.SlotValue("Duration"))
	if number := t.SlotValue("Number"); number != "" {
		var minute int
		minute, err = strconv.Atoi(number)
		position = time.Duration(min(max(minute, 0), int(playback.MaxPosition/time.Minute))) * time.Minute
	}
	if err != nil {
		return t.seek(phrases.WhichMinute, nil)
	}
	return t.seek("", func(time.Duration) time.Duration { return position })
}

// seek plays the episode of the conversation or of the player from another position. If unclear is not "", the request was
// not understood, and seek says unclear.
func (t *Dialog) seek(unclear phrases.Message, to func(at time.Duration) time.Duration) conversation.Answer {
	post, start, ok := t.episodeToSeek()
	switch {
	case !ok:
		return t.offerLatestEpisode(phrases.NoEpisodePlaying)
	case unclear != "" && t.IsOneShot():
		return t.Say(unclear, phrases.Params{}) // the episode goes on
	case unclear != "":
		return t.ExplainAndAsk(unclear)
	}
	start.offset = min(max(to(min(start.offset, playback.MaxPosition)), 0), playback.MaxPosition)
	return t.startEpisode(post, start)
}

// episodeToSeek returns the episode whose position the listener changes, and its current position: the episode of the
// conversation, or else of the player, or else the one that the listener stopped on another device.
func (t *Dialog) episodeToSeek() (p feed.Post, start episodeStart, ok bool) {
	k, used := t.playerToken()
	post, kept := t.CurrentPost()
	if kept && t.State.Focus != session.FocusList && !t.isPlaying() && post.ID != k.PostID && t.Render(post).Audio.URL != "" {
		return post, episodeStart{offset: t.stopOf(post)}, true
	}
	if player, _ := t.PlayerState(); used {
		start = episodeStart{token: k, offset: player.Offset}
	} else if start, ok = t.lastStop(); !ok {
		return feed.Post{}, start, false
	}
	start.said = ""
	p, ok = t.playedPost(start.token)
	return p, start, ok
}
