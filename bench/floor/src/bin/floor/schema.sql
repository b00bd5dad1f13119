CREATE TABLE IF NOT EXISTS users (
  id BINARY(16) PRIMARY KEY,
  user_type INT NOT NULL,
  status SMALLINT NOT NULL,
  nickname VARCHAR(64),
  avatar_url VARCHAR(1024),
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  INDEX users_by_avatar (avatar_url(40))
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS identities (
  app_id VARCHAR(18),
  open_id VARCHAR(64),
  user_id BINARY(16) NOT NULL,
  tombstone BINARY(32) NOT NULL,
  session_key BLOB NOT NULL,
  session_key_tag BINARY(32) NOT NULL,
  session_key_at BIGINT NOT NULL,
  previous_session_key BLOB,
  previous_session_key_until BIGINT,
  PRIMARY KEY (app_id, open_id),
  INDEX identities_by_user (user_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS sessions (
  id BINARY(16) PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  app_id VARCHAR(18) NOT NULL,
  open_id VARCHAR(64) NOT NULL,
  generation BIGINT NOT NULL,
  salt BINARY(16) NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  INDEX sessions_by_user (user_id),
  INDEX sessions_by_expiry (expires_at)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
