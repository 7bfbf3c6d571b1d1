package storage

import (
	"context"

	sangkien "github.com/sangkien/sangkien"
)

// apply is the one switch over the closed set of effects, in four parts: who people are, what they submit, what
// staff do, and what the organisation's data are.
func apply(ctx context.Context, tx *tx, effect sangkien.Effect, facts *sangkien.Facts) error {
	return applyPerson(ctx, tx, effect, facts)
}

func applyPerson(ctx context.Context, tx *tx, effect sangkien.Effect, facts *sangkien.Facts) error {
	switch e := effect.(type) {
	case sangkien.MemberJoined:
		return joinMember(ctx, tx, e)
	case sangkien.MemberEntered:
		return exec(ctx, tx, `insert into members(id, language, created_at) values ($1, $2, $3)`, e.Member, string(e.Language), ms(e.At))
	case sangkien.MemberNamed:
		return exec(ctx, tx, `update members set name = $2 where id = $1`, e.Member, e.Name)
	case sangkien.MemberPlaced:
		return exec(ctx, tx, `update members set unit_id = $2, unit_text = $3 where id = $1`, e.Member, e.Unit, e.Text)
	case sangkien.LanguageChosen:
		return exec(ctx, tx, `update members set language = $2 where id = $1`, e.Member, string(e.Language))
	case sangkien.ConsentAnswered:
		return addConsent(ctx, tx, e)
	case sangkien.ReachabilityChanged:
		return exec(ctx, tx, `update chats set reachable = $2 where address = $1`, e.Address.String(), flag(e.Reachable))
	case sangkien.InvitationIssued:
		i := e.Invitation
		return exec(ctx, tx, `insert into invitations(hash, role, unit_id, by_member, expires_at) values ($1, $2, $3, $4, $5)`,
			i.Hash, string(i.Grant.Role), i.Grant.Unit, i.By, ms(i.Expires))
	case sangkien.InvitationUsed:
		return useInvitation(ctx, tx, e)
	case sangkien.GrantRevoked:
		return revokeGrant(ctx, tx, e)
	case sangkien.MemberErased:
		return eraseMember(ctx, tx, e)
	case sangkien.DataRequested:
		q := e.Request
		return exec(ctx, tx, `insert into data_requests(id, member_id, kind, text, at, due_at, done_at) values ($1, $2, $3, $4, $5, $6, $7)`,
			q.ID, q.Member, string(q.Right), q.Text, ms(q.At), ms(q.Due), ms(q.Done))
	case sangkien.DataRequestClosed:
		return closeRequest(ctx, tx, e)
	}
	return applyIdea(ctx, tx, effect, facts)
}

func applyIdea(ctx context.Context, tx *tx, effect sangkien.Effect, facts *sangkien.Facts) error {
	switch e := effect.(type) {
	case sangkien.IdeaBegun:
		return beginIdea(ctx, tx, e)
	case sangkien.AnswerGiven:
		return giveAnswer(ctx, tx, e)
	case sangkien.AttachmentAdded:
		return addAttachment(ctx, tx, e.Attachment)
	case sangkien.AttachmentsCleared:
		return exec(ctx, tx, `delete from attachments where idea_id = $1 and question = $2`, e.Idea, e.Question)
	case sangkien.AttachmentStored:
		return storeAttachment(ctx, tx, e)
	case sangkien.AttachmentRefused:
		return exec(ctx, tx, `update attachments set state = $2, reason = $3 where id = $1`, e.Attachment, string(sangkien.FileRefused), e.Reason)
	case sangkien.AttachmentPostponed:
		return exec(ctx, tx, `update attachments set due_at = $2 where id = $1`, e.Attachment, ms(e.Until))
	case sangkien.IdeaMoved:
		return moveIdea(ctx, tx, e, facts)
	case sangkien.DraftDeleted:
		return deleteDraft(ctx, tx, e)
	case sangkien.IdeaAnonymised:
		return anonymiseIdea(ctx, tx, e)
	}
	return applyDesk(ctx, tx, effect)
}

func applyDesk(ctx context.Context, tx *tx, effect sangkien.Effect) error {
	switch e := effect.(type) {
	case sangkien.DecisionHeld:
		return holdDecision(ctx, tx, e.Decision)
	case sangkien.DecisionDropped:
		return dropDecision(ctx, tx, e.Idea)
	case sangkien.SheetBegun:
		return exec(ctx, tx, `insert into sheets(id, kind, member_id, about_id, at) values ($1, $2, $3, $4, $5)`, e.Sheet, e.Kind, e.Member, e.About, ms(e.At))
	case sangkien.SheetAnswered:
		return answerSheet(ctx, tx, e)
	case sangkien.SheetClosed:
		return closeSheet(ctx, tx, e)
	case sangkien.LetterWritten:
		return writeLetter(ctx, tx, e)
	case sangkien.LetterAnswered:
		return answerLetter(ctx, tx, e)
	case sangkien.LetterClosed:
		return closeLetter(ctx, tx, e)
	case sangkien.PaperSaved:
		return savePaper(ctx, tx, e)
	case sangkien.PaperRemoved:
		return exec(ctx, tx, `update papers set removed = 1 where id = $1`, e.Paper)
	}
	return applyData(ctx, tx, effect)
}

func applyData(ctx context.Context, tx *tx, effect sangkien.Effect) error {
	switch e := effect.(type) {
	case sangkien.BroadcastPlanned:
		return planBroadcast(ctx, tx, e)
	case sangkien.BroadcastMoved:
		return moveBroadcast(ctx, tx, e)
	case sangkien.ReminderSaved:
		return saveReminder(ctx, tx, e)
	case sangkien.ReminderFired:
		return fireReminder(ctx, tx, e)
	case sangkien.ReminderMissed:
		return noteOccurrences(ctx, tx, e.Occurrences, e.Since)
	case sangkien.CampaignDated:
		return dateCampaign(ctx, tx, e)
	case sangkien.CampaignSaved:
		return saveCampaign(ctx, tx, e.Campaign)
	case sangkien.UnitSaved:
		return saveUnit(ctx, tx, e.Unit)
	case sangkien.Imported:
		return importBatch(ctx, tx, e.Batch)
	case sangkien.ImportUndone:
		return undoImport(ctx, tx, e)
	case sangkien.UpdateQuarantined:
		return exec(ctx, tx, `insert into quarantine(key, raw, at) values ($1, $2, $3)`, e.Key, e.Raw, ms(e.At))
	}
	return sangkien.Errorf(sangkien.EINTERNAL, "effect %T has no case in storage", effect)
}
