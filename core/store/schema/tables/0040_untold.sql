-- Whether an assignee still has to hear that others have made them responsible. Null: no.
alter table assignments add column untold boolean;
