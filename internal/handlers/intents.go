package handlers

import (
	"lastpost/internal/handlers/conversation"
)

// An IntentSpec describes an intent of the skill. To add an intent, add a line to Intents and write its handler.
type IntentSpec struct {
	Name   string
	Slots  []SlotSpec
	handle func(*turn) conversation.Answer
}

// A SlotSpec is a variable part of an intent's utterances.
type SlotSpec struct {
	Name, Type string
}

// CategoryType is the slot type whose values are the blog's categories.
const CategoryType = "BlogCategory"

// Intents returns the table of intents. Both the interaction model and the dispatch of requests use it.
func Intents() []IntentSpec {
	date := []SlotSpec{{"Date", "AMAZON.DATE"}}
	duration := []SlotSpec{{"Duration", "AMAZON.DURATION"}}
	number := []SlotSpec{{"Number", "AMAZON.NUMBER"}}
	return []IntentSpec{
		{"LastPostIntent", date, (*turn).handleLastPost},
		{"ReadPostIntent", date, (*turn).handleReadPost},
		{"ReadAllIntent", nil, (*turn).handleReadAll},
		{"ReadNewIntent", nil, (*turn).handleReadNew},
		{"ListPostsIntent", date, (*turn).handleListPosts},
		{"SelectPostIntent", number, (*turn).handleSelectPost},
		{"PlayNumberIntent", number, (*turn).handlePlayNumber},
		{"ReadLastIntent", nil, (*turn).handleReadLast},
		{"BackToListIntent", nil, (*turn).handleBackToList},
		{"SearchPostsIntent", []SlotSpec{{"Query", "AMAZON.SearchQuery"}}, (*turn).handleSearchPosts},
		{"CategoryPostsIntent", []SlotSpec{{"Category", CategoryType}}, (*turn).handleCategoryPosts},
		{"WhatsNewIntent", nil, (*turn).handleWhatsNew},
		{"AuthorIntent", nil, (*turn).handleAuthor},
		{"PostDateIntent", nil, (*turn).handlePostDate},
		{"SummaryIntent", nil, (*turn).handleSummary},
		{"LengthIntent", nil, (*turn).handleLength},
		{"CountPostsIntent", []SlotSpec{{"Date", "AMAZON.DATE"}, {"Category", CategoryType}}, (*turn).handleCountPosts},
		{"OldestPostIntent", nil, (*turn).handleOldestPost},
		{"RandomPostIntent", nil, (*turn).handleRandomPost},
		{"VolumeIntent", nil, (*turn).handleVolume},
		{"SpeedIntent", nil, (*turn).handleSpeed},
		{"ClockIntent", nil, (*turn).handleClock},
		{"MultiRoomIntent", nil, (*turn).handleMultiRoom},
		{"PlayEpisodeIntent", date, (*turn).HandlePlayEpisode},
		{"PlayLatestIntent", nil, (*turn).HandlePlayLatest},
		{"PlayNewIntent", nil, (*turn).HandlePlayNew},
		{"SkipForwardIntent", duration, (*turn).HandleSkipForward},
		{"SkipBackIntent", duration, (*turn).HandleSkipBack},
		{"SeekIntent", append(duration, SlotSpec{"Number", "AMAZON.NUMBER"}), (*turn).HandleSeek},
		{"AMAZON.YesIntent", nil, (*turn).handleYes},
		{"AMAZON.NoIntent", nil, (*turn).handleNo},
		{"AMAZON.NextIntent", nil, (*turn).handleNext},
		{"AMAZON.PreviousIntent", nil, (*turn).handlePrevious},
		{"AMAZON.RepeatIntent", nil, (*turn).handleRepeat},
		{"AMAZON.StartOverIntent", nil, (*turn).handleStartOver},
		{"AMAZON.PauseIntent", nil, (*turn).HandlePause},
		{"AMAZON.ResumeIntent", nil, (*turn).handleResume},
		{"AMAZON.HelpIntent", nil, (*turn).handleHelp},
		{"AMAZON.FallbackIntent", nil, (*turn).handleFallback},
		{"AMAZON.StopIntent", nil, (*turn).HandleStop},
		{"AMAZON.CancelIntent", nil, (*turn).HandleStop},
		{"AMAZON.NavigateHomeIntent", nil, (*turn).HandleStop},
	}
}

// intentByName returns the intent with a name. It returns false for an intent that this version does not support.
// Amazon's copy of the interaction model may be of another version.
func (s *Responder) intentByName(name string) (IntentSpec, bool) {
	s.once.Do(func() {
		s.intents = map[string]IntentSpec{}
		for _, intent := range Intents() {
			s.intents[intent.Name] = intent
		}
	})
	intent, ok := s.intents[name]
	return intent, ok
}

func (t *turn) handleIntent() conversation.Answer {
	intent, ok := t.responder.intentByName(t.Envelope.Request.Intent.Name)
	if !ok {
		return t.handleFallback()
	}
	return intent.handle(t)
}
