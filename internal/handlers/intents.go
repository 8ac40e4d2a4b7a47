package handlers

// An IntentSpec describes an intent of the skill. To add an intent, add a line to Intents and write its handler.
type IntentSpec struct {
	Name   string
	Slots  []SlotSpec
	handle func(*turn) answer
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
		{"PlayEpisodeIntent", date, (*turn).handlePlayEpisode},
		{"PlayNewIntent", nil, (*turn).handlePlayNew},
		{"SkipForwardIntent", duration, (*turn).handleSkipForward},
		{"SkipBackIntent", duration, (*turn).handleSkipBack},
		{"SeekIntent", append(duration, SlotSpec{"Number", "AMAZON.NUMBER"}), (*turn).handleSeek},
		{"AMAZON.YesIntent", nil, (*turn).handleYes},
		{"AMAZON.NoIntent", nil, (*turn).handleNo},
		{"AMAZON.NextIntent", nil, (*turn).handleNext},
		{"AMAZON.PreviousIntent", nil, (*turn).handlePrevious},
		{"AMAZON.RepeatIntent", nil, (*turn).handleRepeat},
		{"AMAZON.StartOverIntent", nil, (*turn).handleStartOver},
		{"AMAZON.PauseIntent", nil, (*turn).handlePause},
		{"AMAZON.ResumeIntent", nil, (*turn).handleResume},
		{"AMAZON.HelpIntent", nil, (*turn).handleHelp},
		{"AMAZON.FallbackIntent", nil, (*turn).handleFallback},
		{"AMAZON.StopIntent", nil, (*turn).handleStop},
		{"AMAZON.CancelIntent", nil, (*turn).handleStop},
		{"AMAZON.NavigateHomeIntent", nil, (*turn).handleStop},
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

func (t *turn) handleIntent() answer {
	intent, ok := t.responder.intentByName(t.envelope.Request.Intent.Name)
	if !ok {
		return t.handleFallback()
	}
	return intent.handle(t)
}

// slotValue returns the words that the listener said for a slot. It returns "" if the slot is empty, and "?" if Alexa
// did not understand the words.
func (t *turn) slotValue(name string) string { return t.envelope.Request.Intent.Slot(name) }
