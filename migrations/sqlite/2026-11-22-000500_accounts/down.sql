DROP TABLE login_failure;
DROP TABLE login_session;
DROP TABLE user_group_member;
DROP TABLE user_permission;
DROP TABLE user_group_permission;
DROP TABLE user_group;
DROP TABLE user_account;
